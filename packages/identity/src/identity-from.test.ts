import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { systemRandom } from '@macula/core';
import { day, ManualClock } from '../test/manual-clock.ts';
import { flipped, realm } from '../test/transcript.ts';
import {
  CertificateExpiredError,
  createRealmAuthority,
  DamagedIdentityError,
  ephemeralIdentity,
  identityFrom,
  IdentityMismatchError,
  issueRealmCertificate,
  verifySignature,
} from './index.ts';

describe('identityFrom', () => {
  it.each(['P-256', 'Ed25519'] as const)(
    'gives the NodeId of the supplied key (%s)',
    async (algorithm) => {
      const { keyPem, certificatePem, nodeId } = await ephemeralIdentity({ algorithm });
      const identity = identityFrom({ keyPem, certificatePem });
      expect(identity.nodeId.equals(nodeId)).toBe(true);
      expect(identity.algorithm).toBe(algorithm);
      const data = Buffer.from('who am I');
      expect(verifySignature(identity.publicKey, data, identity.sign(data))).toBe(true);
    },
  );

  it("takes a CA's certificate, keeps the chain behind it, and never re-issues", async () => {
    const clock = new ManualClock();
    const authority = await createRealmAuthority({ realm, clock, random: systemRandom });
    const node = await ephemeralIdentity({ clock });
    const leaf = await issueRealmCertificate({
      realm,
      authority,
      nodeCertificatePem: node.certificatePem,
      clock,
      random: systemRandom,
      days: 30,
    });
    const certificatePem = leaf + authority.certificatePem;
    const identity = identityFrom({ keyPem: node.keyPem, certificatePem, clock });
    await identity.start();
    clock.advance(29 * day);
    expect(identity.certificatePem).toBe(certificatePem);
    expect(clock.pendingTimers).toBe(0);
    await identity.stop();
  });

  it('takes a key in the SEC 1 form that `openssl ecparam` writes', async () => {
    const { keyPem, certificatePem, nodeId } = await ephemeralIdentity();
    const sec1 = createPrivateKey(keyPem).export({ format: 'pem', type: 'sec1' }) as string;
    expect(identityFrom({ keyPem: sec1, certificatePem }).nodeId.equals(nodeId)).toBe(true);
  });

  it('refuses a certificate of another key', async () => {
    const { keyPem } = await ephemeralIdentity();
    const { certificatePem } = await ephemeralIdentity();
    expect(() => identityFrom({ keyPem, certificatePem })).toThrow(IdentityMismatchError);
  });

  it('refuses a key of another kind, and text that is no key', async () => {
    const { certificatePem } = await ephemeralIdentity();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    expect(() => identityFrom({ keyPem, certificatePem })).toThrow(/rsa key/);
    expect(() => identityFrom({ keyPem: 'no key', certificatePem })).toThrow(DamagedIdentityError);
  });

  it('refuses a key whose private half no longer fits its public half', async () => {
    const { keyPem, certificatePem } = await ephemeralIdentity();
    const der = createPrivateKey(keyPem).export({ format: 'der', type: 'pkcs8' });
    const privateHalf = 36;
    const damaged = Buffer.from(flipped(der, privateHalf + 20, 0)).toString('base64');
    const damagedPem = `-----BEGIN PRIVATE KEY-----\n${damaged}\n-----END PRIVATE KEY-----\n`;
    expect(() => identityFrom({ keyPem: damagedPem, certificatePem })).toThrow(
      DamagedIdentityError,
    );
  });

  it('refuses a certificate that has ended, or has not begun', async () => {
    const clock = new ManualClock();
    const { keyPem, certificatePem } = await ephemeralIdentity({ clock });
    clock.advance(14 * day);
    expect(() => identityFrom({ keyPem, certificatePem, clock })).toThrow(CertificateExpiredError);
    clock.advance(-20 * day);
    expect(() => identityFrom({ keyPem, certificatePem, clock })).toThrow(CertificateExpiredError);
  });
});

describe('verifySignature', () => {
  it.each(['P-256', 'Ed25519'] as const)(
    'is false for another text, key or length (%s)',
    async (algorithm) => {
      const identity = await ephemeralIdentity({ algorithm });
      const other = await ephemeralIdentity({ algorithm });
      const data = Buffer.from('text');
      const signature = identity.sign(data);
      expect(signature).toHaveLength(64);
      expect(verifySignature(identity.publicKey, Buffer.from('next'), signature)).toBe(false);
      expect(verifySignature(other.publicKey, data, signature)).toBe(false);
      expect(verifySignature(identity.publicKey, data, signature.subarray(1))).toBe(false);
      expect(verifySignature(identity.publicKey.subarray(1), data, signature)).toBe(false);
    },
  );

  it('is false for a point that is not on the curve', async () => {
    const identity = await ephemeralIdentity();
    const offCurve = Uint8Array.from(identity.publicKey).fill(0xff, 27);
    expect(verifySignature(offCurve, Buffer.from('x'), new Uint8Array(64))).toBe(false);
  });
});
