import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type Logger, silentLogger, systemRandom } from '@macula/core';
import { day, hour, ManualClock } from '../test/manual-clock.ts';
import { needsRenewal, selfSignedValidity } from './certificate-validity.ts';
import { ephemeralIdentity, type Identity, nodeIdOfCertificate } from './index.ts';
import { generateKeyPair } from './key-pair.ts';
import { issueSelfSigned } from './self-signed-certificate.ts';
import { SelfSignedIdentity } from './self-signed-identity.ts';

const renewal = (identity: Identity) => new Promise<void>((resolve) => identity.onRenewed(resolve));

describe('a self-signed certificate', () => {
  it('lives 13 days, names the node, and serves both sides of TLS', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock, names: ['seed.example', '::1'] });
    const certificate = new X509Certificate(identity.certificatePem);
    const lifetime = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom);
    expect(lifetime).toBe(13 * day);
    expect(identity.certificateEndsAt).toBe(Date.parse(certificate.validTo));
    expect(certificate.subjectAltName).toContain(`URI:macula:${identity.nodeId}`);
    expect(certificate.checkHost('seed.example')).toBe('seed.example');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it.each([
    ['just issued', 0, false],
    ['half its life', 6 * day, false],
    ['three days and an hour before its end', 13 * day - 3 * day - 2 * hour, false],
    ['three days before its end', 13 * day - 3 * day - hour, true],
    ['past its end', 20 * day, true],
    ['issued in the future by a wrong clock', -2 * hour, true],
  ])('is due for renewal as it should: %s', (_, age, due) => {
    const issued = Date.UTC(2026, 0, 1);
    expect(needsRenewal(selfSignedValidity(issued), issued + age)).toBe(due);
  });
});

describe('a running self-signed identity', () => {
  it('re-issues its certificate from the same key before it ends, and tells', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock });
    await identity.start();
    const before = identity.certificatePem;
    clock.advance(9 * day);
    expect(identity.certificatePem).toBe(before);
    const renewed = renewal(identity);
    clock.advance(day);
    await renewed;
    expect(identity.certificatePem).not.toBe(before);
    expect(nodeIdOfCertificate(identity.certificateDer).equals(identity.nodeId)).toBe(true);
    expect(identity.certificateEndsAt).toBeGreaterThan(clock.wallTime() + 12 * day);
    await identity.stop();
  });

  it('goes on re-issuing, for as long as it runs', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock, algorithm: 'Ed25519' });
    await identity.start();
    const seen = new Set([identity.certificatePem]);
    for (let round = 0; round < 4; round++) {
      const renewed = renewal(identity);
      clock.advance(10 * day);
      await renewed;
      seen.add(identity.certificatePem);
      await identity.stop();
      await identity.start();
    }
    expect(seen.size).toBe(5);
    await identity.stop();
  });

  it('notices within the hour that the wall clock has jumped', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock });
    await identity.start();
    clock.setWallTime(clock.wallTime() + 40 * day);
    const renewed = renewal(identity);
    clock.advance(hour);
    await renewed;
    expect(identity.certificateEndsAt).toBeGreaterThan(clock.wallTime());
    await identity.stop();
  });

  it('re-issues at start what grew old while it stood still', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock });
    const before = identity.certificatePem;
    clock.advance(30 * day);
    await identity.start();
    expect(identity.certificatePem).not.toBe(before);
    await identity.stop();
  });

  it('leaves no timer behind when it stops, however often it was started', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock });
    await Promise.all([identity.start(), identity.start()]);
    expect(clock.pendingTimers).toBe(1);
    await Promise.all([identity.stop(), identity.stop()]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no timer behind when it stops in the middle of a re-issue', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock });
    clock.advance(30 * day);
    const started = identity.start();
    await identity.stop();
    await started;
    expect(clock.pendingTimers).toBe(0);
    expect(identity.certificateEndsAt).toBeGreaterThan(clock.wallTime());
  });

  it('re-issues once, though it is stopped and started again meanwhile', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock });
    let renewals = 0;
    identity.onRenewed(() => renewals++);
    clock.advance(30 * day);
    const first = identity.start();
    const stopped = identity.stop();
    await Promise.all([first, stopped, identity.start()]);
    expect(renewals).toBe(1);
    expect(clock.pendingTimers).toBe(1);
    await identity.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells every listener, though one throws, and none that unsubscribed', async () => {
    const clock = new ManualClock();
    const identity = await ephemeralIdentity({ clock });
    const heard: string[] = [];
    identity.onRenewed(() => {
      throw new Error('mine to handle');
    });
    identity.onRenewed(() => heard.push('second'));
    identity.onRenewed(() => heard.push('third'))();
    clock.advance(30 * day);
    await identity.start();
    expect(heard).toEqual(['second']);
    await identity.stop();
  });

  it('serves the new certificate, and says so in the log, when it cannot be saved', async () => {
    const clock = new ManualClock();
    const keys = await generateKeyPair('P-256');
    const certificate = await issueSelfSigned(keys, [], clock.wallTime(), systemRandom);
    const errors: string[] = [];
    const logger: Logger = { ...silentLogger, error: (_, message) => errors.push(message) };
    const identity = new SelfSignedIdentity(keys, certificate, [], {
      clock,
      random: systemRandom,
      logger,
      save: () => Promise.reject(new Error('the disk is full')),
    });
    clock.advance(12 * day);
    await identity.start();
    expect(identity.certificatePem).not.toBe(certificate.pem);
    expect(errors).toEqual(['the certificate could not be re-issued or saved']);
    await identity.stop();
  });
});
