import { describe, expect, it } from '@jest/globals';
import { NodeId, type Random } from '@macula/core';
import { bootstrapDelay, memberDialDelay } from './dial-delay.ts';

const low = NodeId.fromBytes(new Uint8Array(32));
const high = NodeId.fromBytes(new Uint8Array(32).fill(255));
const drawing = (value: number): Random => ({
  next: () => value,
  integer: () => 0,
  bytes: (length) => new Uint8Array(length),
});
const least = drawing(0);
const most = drawing(0.999_999);

describe('memberDialDelay', () => {
  it('lets the smaller ID dial first: its latest first dial is before the other side’s earliest', () => {
    const first = memberDialDelay('candidate', 0, { self: low, peer: high }, most);
    const second = memberDialDelay('candidate', 0, { self: high, peer: low }, least);
    expect(first).toBeLessThan(second);
  });

  it.each([
    ['candidate', 1, 100, 500],
    ['candidate', 20, 100, 60_100],
    ['suspect', 20, 100, 2_100],
    ['failed', 0, 7_500, 22_500],
    ['failed', 50, 7_500, 22_500],
  ] as const)('%s, dial %d: between %d and %d ms', (state, attempt, from, to) => {
    const ids = { self: low, peer: high };
    expect(memberDialDelay(state, attempt, ids, least)).toBeCloseTo(from, 0);
    expect(memberDialDelay(state, attempt, ids, most)).toBeLessThanOrEqual(to);
  });
});

describe('bootstrapDelay', () => {
  it.each([
    [0, 0, 40],
    [1, 250, 500],
    [2, 500, 1_000],
    [7, 15_000, 30_000],
    [1_000, 15_000, 30_000],
  ])('attempt %d: between %d and %d ms', (attempt, from, to) => {
    expect(bootstrapDelay(attempt, least)).toBe(from);
    expect(bootstrapDelay(attempt, most)).toBeCloseTo(to, 0);
  });
});
