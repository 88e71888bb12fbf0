import { describe, expect, it } from '@jest/globals';
import { syncInterval } from './sync-interval.ts';

describe('syncInterval', () => {
  it.each([
    [1, 30_000],
    [32, 30_000],
    [33, 60_000],
    [64, 60_000],
    [65, 90_000],
    [128, 90_000],
    [1_000, 180_000],
    [10_000, 300_000],
  ])('%d members: %d ms', (members, ms) => {
    expect(syncInterval(members, 30_000)).toBe(ms);
  });
});
