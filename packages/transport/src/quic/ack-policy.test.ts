import { describe, expect, test } from '@jest/globals';
import { AckPolicy, type Reception } from './ack-policy.ts';

const event: Reception = { packets: 1, bytes: 180, largest: 180, usefulBytes: 140 };
const packetOf = (length: number): Reception => ({ ...event, bytes: length, largest: length });

/** A policy of a connection that has received so much that it counts as settled. */
function settled(): AckPolicy {
  const policy = new AckPolicy();
  for (let i = 0; i < 100; i++) {
    policy.mayWait(event);
    policy.sent();
  }
  return policy;
}

describe('an acknowledgement', () => {
  test('waits when a packet has brought data', () => {
    expect(settled().mayWait(event)).toBe(true);
  });

  test('does not wait on a young connection, whose sender learns how fast it may be', () => {
    const policy = new AckPolicy();
    for (let packet = 1; packet <= 100; packet++) expect(policy.mayWait(event)).toBe(false);
    policy.sent();
    expect(policy.mayWait(event)).toBe(true);
  });

  test('is due with the tenth packet, and waits again after it was sent', () => {
    const policy = settled();
    const waits = Array.from({ length: 10 }, () => policy.mayWait(event));
    expect(waits).toEqual([...Array<boolean>(9).fill(true), false]);
    policy.sent();
    expect(policy.mayWait(event)).toBe(true);
  });

  test.each<[string, Partial<Reception>]>([
    ['ten packets at once', { packets: 10 }],
    ['packets of 2,400 bytes, as much as every sender may have on its way', { bytes: 2_400 }],
    ['a packet without data, which may tell of losses', { usefulBytes: 0 }],
  ])('does not wait after %s', (_, what) => {
    expect(settled().mayWait({ ...event, ...what })).toBe(false);
  });

  test('waits for the second of the longest packets that have come', () => {
    const policy = settled();
    expect(policy.mayWait(packetOf(16_000))).toBe(true);
    expect(policy.mayWait(packetOf(15_999))).toBe(true);
    expect(policy.mayWait(packetOf(1))).toBe(false);
    policy.sent();
    expect(policy.mayWait(packetOf(1))).toBe(true);
  });
});
