import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemRandom } from '@macula/core';
import { day, ManualClock } from '../test/manual-clock.ts';
import { withDirectory } from '../test/temporary-directory.ts';
import { realm } from '../test/transcript.ts';
import {
  CertificateExpiredError,
  createRealmAuthority,
  DamagedIdentityError,
  ephemeralIdentity,
  ExposedKeyError,
  IdentityMismatchError,
  IdentityStorageError,
  issueRealmCertificate,
  loadIdentity,
} from './index.ts';

const keyIn = (dir: string) => join(dir, 'node-key.pem');
const certificateIn = (dir: string) => join(dir, 'node-certificate.pem');
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('loadIdentity, on first start', () => {
  it('makes the directory, the key and the certificate, for the owner only', () =>
    withDirectory(async (parent) => {
      const dir = join(parent, 'data', 'node');
      const identity = await loadIdentity({ dir });
      expect(await modeOf(dir)).toBe(0o700);
      expect(await modeOf(keyIn(dir))).toBe(0o600);
      expect(await readFile(keyIn(dir), 'utf8')).toBe(identity.keyPem);
      expect(await readFile(certificateIn(dir), 'utf8')).toBe(identity.certificatePem);
      expect((await readdir(dir)).sort()).toEqual(['node-certificate.pem', 'node-key.pem']);
    }));

  it('makes the kind of key that is asked for', () =>
    withDirectory(async (dir) => {
      expect((await loadIdentity({ dir, algorithm: 'Ed25519' })).algorithm).toBe('Ed25519');
    }));

  it('gives one identity to all who start in one empty directory at once', () =>
    withDirectory(async (dir) => {
      const identities = await Promise.all(Array.from({ length: 8 }, () => loadIdentity({ dir })));
      expect(new Set(identities.map((identity) => identity.nodeId.key)).size).toBe(1);
      expect(new Set(identities.map((identity) => identity.certificatePem)).size).toBe(1);
      expect(await readdir(dir)).toHaveLength(2);
    }));

  it('says what refused, where the directory cannot be made', () =>
    withDirectory(async (parent) => {
      await writeFile(join(parent, 'file'), '');
      const loading = loadIdentity({ dir: join(parent, 'file', 'node') });
      await expect(loading).rejects.toThrow(IdentityStorageError);
    }));
});

describe('loadIdentity, on later starts', () => {
  it('finds the same key and certificate, whatever kind of key is asked for', () =>
    withDirectory(async (dir) => {
      const first = await loadIdentity({ dir });
      const second = await loadIdentity({ dir, algorithm: 'Ed25519' });
      expect(second.nodeId.equals(first.nodeId)).toBe(true);
      expect(second.certificatePem).toBe(first.certificatePem);
    }));

  it('re-issues an old certificate from the same key, and keeps it', () =>
    withDirectory(async (dir) => {
      const clock = new ManualClock();
      const first = await loadIdentity({ dir, clock });
      clock.advance(12 * day);
      const second = await loadIdentity({ dir, clock });
      expect(second.nodeId.equals(first.nodeId)).toBe(true);
      expect(second.certificatePem).not.toBe(first.certificatePem);
      expect(await readFile(certificateIn(dir), 'utf8')).toBe(second.certificatePem);
    }));

  it('keeps what it re-issued while it ran', () =>
    withDirectory(async (dir) => {
      const clock = new ManualClock();
      const identity = await loadIdentity({ dir, clock });
      clock.advance(12 * day);
      await identity.start();
      expect(await readFile(certificateIn(dir), 'utf8')).toBe(identity.certificatePem);
      await identity.stop();
    }));

  it('leaves nothing half-done behind when a certificate cannot be put in place', () =>
    withDirectory(async (dir) => {
      const clock = new ManualClock();
      const identity = await loadIdentity({ dir, clock });
      await rm(certificateIn(dir));
      await mkdir(certificateIn(dir));
      clock.advance(12 * day);
      await identity.start();
      expect(identity.certificateEndsAt).toBeGreaterThan(clock.wallTime());
      expect((await readdir(dir)).sort()).toEqual(['node-certificate.pem', 'node-key.pem']);
      await identity.stop();
    }));

  it('re-issues for a new name, and only then', () =>
    withDirectory(async (dir) => {
      const first = await loadIdentity({ dir });
      const names = ['node.example', '2001:db8::1', 'https://node.example/'];
      const named = await loadIdentity({ dir, names });
      expect(named.certificatePem).not.toBe(first.certificatePem);
      expect((await loadIdentity({ dir, names })).certificatePem).toBe(named.certificatePem);
    }));

  it('makes a new certificate for the key when the certificate is gone', () =>
    withDirectory(async (dir) => {
      const { keyPem, nodeId } = await ephemeralIdentity();
      await writeFile(keyIn(dir), keyPem, { mode: 0o600 });
      expect((await loadIdentity({ dir })).nodeId.equals(nodeId)).toBe(true);
    }));

  it('follows a link to a key that is kept elsewhere', () =>
    withDirectory(async (parent) => {
      const dir = join(parent, 'node');
      await mkdir(dir, { mode: 0o700 });
      const { keyPem, nodeId } = await ephemeralIdentity();
      await writeFile(join(parent, 'secret.pem'), keyPem, { mode: 0o600 });
      await symlink(join(parent, 'secret.pem'), keyIn(dir));
      expect((await loadIdentity({ dir })).nodeId.equals(nodeId)).toBe(true);
    }));
});

describe('loadIdentity, with a link to nowhere in the place of the key', () => {
  it('says so', () =>
    withDirectory(async (dir) => {
      await symlink(join(dir, 'gone.pem'), keyIn(dir));
      const loading = loadIdentity({ dir });
      await expect(loading).rejects.toThrow(IdentityStorageError);
      await expect(loading).rejects.toThrow(/link to a file that is gone/);
    }));
});

describe("loadIdentity, with a CA's certificate in the directory", () => {
  const certified = async (dir: string, clock: ManualClock) => {
    const node = await loadIdentity({ dir, clock });
    const authority = await createRealmAuthority({ realm, clock, random: systemRandom });
    const nodeCertificatePem = node.certificatePem;
    const options = { realm, authority, nodeCertificatePem, clock, random: systemRandom, days: 30 };
    const pem = await issueRealmCertificate(options);
    await writeFile(certificateIn(dir), pem);
    return pem;
  };

  it('leaves it alone', () =>
    withDirectory(async (dir) => {
      const clock = new ManualClock();
      const pem = await certified(dir, clock);
      clock.advance(29 * day);
      expect((await loadIdentity({ dir, clock, names: ['x.example'] })).certificatePem).toBe(pem);
    }));

  it('refuses it once it has ended', () =>
    withDirectory(async (dir) => {
      const clock = new ManualClock();
      await certified(dir, clock);
      clock.advance(30 * day);
      await expect(loadIdentity({ dir, clock })).rejects.toThrow(CertificateExpiredError);
    }));
});

describe('loadIdentity, with damaged files', () => {
  const damage = async (path: string, change: (text: string) => string) =>
    writeFile(path, change(await readFile(path, 'utf8')));

  it.each([
    ['empty', () => ''],
    ['garbage', () => '\u0000\u0001 not PEM \u0007'],
    ['cut off', (text: string) => text.slice(0, 120)],
    ['without its last line', (text: string) => text.slice(0, text.indexOf('-----END'))],
    ['zeroed inside', (text: string) => text.replace(/(?<=\n.{20}).{30}/, 'A'.repeat(30))],
    ['far too large', () => 'A'.repeat(100_000)],
  ])('names the key file that is %s', (_, change) =>
    withDirectory(async (dir) => {
      await loadIdentity({ dir });
      await damage(keyIn(dir), change);
      const loading = loadIdentity({ dir });
      await expect(loading).rejects.toThrow(DamagedIdentityError);
      await expect(loading).rejects.toThrow(keyIn(dir));
    }),
  );

  it.each([
    ['empty', () => ''],
    ['garbage', () => 'not PEM'],
    ['cut off', (text: string) => text.slice(0, 200)],
    ['another thing in PEM', (text: string) => text.replaceAll('CERTIFICATE', 'PUBLIC KEY')],
    ['shortened inside', (text: string) => text.replace(/\n[^\n]+\n-----END/, '\n-----END')],
  ])('names the certificate file that is %s', (_, change) =>
    withDirectory(async (dir) => {
      await loadIdentity({ dir });
      await damage(certificateIn(dir), change);
      const loading = loadIdentity({ dir });
      await expect(loading).rejects.toThrow(DamagedIdentityError);
      await expect(loading).rejects.toThrow(certificateIn(dir));
    }),
  );

  it('refuses a self-signed certificate whose signature is wrong', () =>
    withDirectory(async (dir) => {
      const { certificateDer: der } = await loadIdentity({ dir });
      const wrong = Buffer.from(der);
      wrong[wrong.length - 1] = (wrong[wrong.length - 1] as number) ^ 1;
      const pem = `-----BEGIN CERTIFICATE-----\n${wrong.toString('base64')}\n-----END CERTIFICATE-----\n`;
      await writeFile(certificateIn(dir), pem);
      await expect(loadIdentity({ dir })).rejects.toThrow(DamagedIdentityError);
    }));

  it('refuses a certificate of another key', () =>
    withDirectory(async (dir) => {
      await loadIdentity({ dir });
      await writeFile(certificateIn(dir), (await ephemeralIdentity()).certificatePem);
      await expect(loadIdentity({ dir })).rejects.toThrow(IdentityMismatchError);
    }));
});

describe('loadIdentity, where others have access', () => {
  // Windows has access lists, not modes.
  if (process.platform === 'win32') return;

  it.each(['640', '604', '660', '644'])('refuses a key of mode %s and tells the remedy', (mode) =>
    withDirectory(async (dir) => {
      await loadIdentity({ dir });
      await chmod(keyIn(dir), parseInt(mode, 8));
      const loading = loadIdentity({ dir });
      await expect(loading).rejects.toThrow(ExposedKeyError);
      await expect(loading).rejects.toThrow(`chmod 600 ${keyIn(dir)}`);
      await chmod(keyIn(dir), 0o600);
      await loadIdentity({ dir });
    }),
  );

  it.each(['777', '770', '722'])('refuses a directory of mode %s and tells the remedy', (mode) =>
    withDirectory(async (dir) => {
      await chmod(dir, parseInt(mode, 8));
      const loading = loadIdentity({ dir });
      await expect(loading).rejects.toThrow(ExposedKeyError);
      await expect(loading).rejects.toThrow(`chmod 700 ${dir}`);
    }),
  );

  it('writes the remedy so that it can be pasted, for paths with spaces and quotes too', () =>
    withDirectory(async (parent) => {
      const dir = join(parent, "it's mine");
      await mkdir(dir);
      await chmod(dir, 0o777);
      await expect(loadIdentity({ dir })).rejects.toThrow(String.raw`/it'\''s mine'`);
    }));
});
