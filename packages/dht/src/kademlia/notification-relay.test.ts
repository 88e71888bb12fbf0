import { describe, expect, it } from '@jest/globals';
import { DirectoryKey, LimitExceededError, RequestFailedError } from '@macula/core';
import { contactAt } from '../../test/contacts.ts';
import { testSigner } from '../../test/test-signer.ts';
import { NotificationRelay } from './notification-relay.ts';
import { Notifier } from './notifier.ts';
import { type SignedRecord, signRecord } from './record.ts';

const key = DirectoryKey.of('test', 'key');

function recordAt(sequence: number): SignedRecord {
  return signRecord(testSigner('announcer'), {
    key,
    id: 'entry',
    sequence,
    expiresAt: 1_000_000,
    withdrawn: false,
    value: Uint8Array.of(1),
  });
}

function relayTo(ask: () => Promise<{ addresses: string[] }>, timesEach = 2): NotificationRelay {
  const metrics = { notifications: { inc: () => undefined } };
  const notifier = new Notifier({ requests: { ask }, metrics }, { notifyFanout: 4, tries: 1 });
  return new NotificationRelay(notifier, timesEach);
}

describe('a relay of notifications', () => {
  it('passes each record on a few times only, whoever asks', () => {
    let sent = 0;
    const relay = relayTo(() => {
      sent++;
      return Promise.resolve({ addresses: [] });
    });
    for (let i = 0; i < 10; i++) relay.pass([recordAt(1)], [contactAt(1)]);
    expect(sent).toBe(2);
    relay.pass([recordAt(2)], [contactAt(1)]);
    expect(sent).toBe(3);
  });

  it('refuses what it does not watch, so that somebody else is asked', () => {
    const relay = relayTo(() => Promise.resolve({ addresses: [] }));
    expect(() => relay.pass([], [contactAt(1)])).toThrow(RequestFailedError);
  });

  it('refuses when it passes on too much already, and after its end', async () => {
    const answers: (() => void)[] = [];
    const relay = relayTo(
      () => new Promise((resolve) => answers.push(() => resolve({ addresses: [] }))),
    );
    for (let at = 0; at < 256; at++) relay.pass([recordAt(at + 1)], [contactAt(1)]);
    expect(() => relay.pass([recordAt(999)], [contactAt(1)])).toThrow(LimitExceededError);
    for (const answer of answers.splice(0)) answer();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    relay.pass([recordAt(999)], [contactAt(1)]);
    relay.stop();
    expect(() => relay.pass([recordAt(1_000)], [contactAt(1)])).toThrow(LimitExceededError);
  });
});
