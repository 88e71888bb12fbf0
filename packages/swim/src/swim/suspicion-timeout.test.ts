import { describe, expect, it } from '@jest/globals';
import {
  corroboratedEnd,
  expectedConfirmations,
  suspicionBounds,
  suspicionTimeout,
} from './suspicion-timeout.ts';

const lan = { suspicionMult: 4, suspicionMaxMult: 6, probeIntervalMs: 1_000 };

describe('suspicionBounds', () => {
  it.each([
    [0, 4_000, 24_000],
    [1, 4_000, 24_000],
    [10, 4_000, 24_000],
    [50, 6_795.88, 40_775.28],
    [100, 8_000, 48_000],
    [1_000, 12_000, 72_000],
    [10_000, 16_000, 96_000],
  ])('%d members: from %d to %d ms', (members, minMs, maxMs) => {
    const bounds = suspicionBounds(members, lan);
    expect(bounds.minMs).toBeCloseTo(minMs, 1);
    expect(bounds.maxMs).toBeCloseTo(maxMs, 1);
  });

  it('scales with the period', () => {
    expect(suspicionBounds(100, { ...lan, probeIntervalMs: 200 }).minMs).toBe(1_600);
  });
});

describe('expectedConfirmations', () => {
  it.each([
    [1, 4, 0],
    [2, 4, 0],
    [3, 4, 2],
    [10, 4, 2],
    [10, 24, 0],
    [100, 6, 4],
    [100, 1, 0],
  ])('%d watchers, multiplier %d: %d', (watchers, mult, expected) => {
    expect(expectedConfirmations(watchers, mult)).toBe(expected);
  });
});

describe('suspicionTimeout', () => {
  const bounds = { minMs: 2_000, maxMs: 30_000 };
  it.each([
    // Worked out by hand: log(2) / log(4) is a half, log(3) / log(4) 0.7925.
    [0, 3, 30_000],
    [1, 3, 16_000],
    [2, 3, 7_810],
    [3, 3, 2_000],
    [4, 3, 2_000],
    [0, 0, 2_000],
  ])('%d of %d confirmations: %d ms', (confirmations, expected, ms) => {
    expect(suspicionTimeout(confirmations, expected, bounds)).toBeCloseTo(ms, -1);
  });
});

describe('corroboratedEnd', () => {
  it.each([
    // suspected at, out of reach at, ends at
    [1_000, 5_000, 6_000],
    [6_000, 5_000, 8_000],
    [4_000, 5_000, 6_000],
    [3_500, 5_000, 6_000],
    [0, 0, 2_000],
  ])('suspected at %d, out of reach at %d: ends at %d', (suspectedAt, outOfReachAt, end) => {
    expect(corroboratedEnd({ suspectedAt, outOfReachAt }, lan)).toBe(end);
  });
});
