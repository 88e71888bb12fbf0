import { describe, expect, test } from '@jest/globals';
import { AckPolicy, type Reception } from './ack-policy.ts';

const event: Reception = { packets: 1, largest: 180, usefulBytes: 140, wrote: false };

/** A policy of a connection that has received so much that it counts as settled. */
function settled(): AckPolicy {
  const policy = new AckPolicy();
  for (let i = 0; i < 100; i++) {
    policy.mayWait(event, 0);
    policy.sent();
  }
  return policy;
}

describe('an acknowledgement', () => {
  test('waits when a small packet has brought data', () => {
    expect(settled().mayWait(event, 1_000)).toBe(true);
  });

  test('does not wait on a young connection, whose sender learns how fast it may be', () => {
    const policy = new AckPolicy();
    for (let packet = 1; packet <= 100; packet++) expect(policy.mayWait(event, 1_000)).toBe(false);
    policy.sent();
    expect(policy.mayWait(event, 1_000)).toBe(true);
  });

  test('is due with the tenth packet, and waits again after it was sent', () => {
    const policy = settled();
    const waits = Array.from({ length: 10 }, () => policy.mayWait(event, 1_000));
    expect(waits).toEqual([...Array<boolean>(9).fill(true), false]);
    policy.sent();
    expect(policy.mayWait(event, 1_000)).toBe(true);
  });

  test.each<[string, Partial<Reception>]>([
    ['a full packet, whose sender may be held back by its window', { largest: 1_200 }],
    ['ten packets at once', { packets: 10 }],
    ['a packet without data, which may tell of losses', { usefulBytes: 0 }],
    ['a packet that this side has something to say to', { wrote: true }],
  ])('does not wait after %s', (_, what) => {
    expect(settled().mayWait({ ...event, ...what }, 1_000)).toBe(false);
  });

  test('does not wait while something may be in flight from this side', () => {
    const policy = settled();
    policy.mayWait({ ...event, wrote: true }, 1_000);
    policy.sent();
    expect(policy.mayWait(event, 1_099)).toBe(false);
    policy.sent();
    expect(policy.mayWait(event, 1_100)).toBe(true);
  });
});
