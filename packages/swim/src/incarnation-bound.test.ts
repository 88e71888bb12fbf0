import { describe, expect, it } from '@jest/globals';
import { latestIncarnation } from './incarnation-bound.ts';

describe('latestIncarnation', () => {
  it.each([
    [0, 2n ** 62n],
    [1_704_067_199_999, 2n ** 62n],
    [1_704_067_200_000, 1_704_153_600_000n],
    [1_800_000_000_000.7, 1_800_086_400_000n],
  ])('at %d: %d', (wallTimeMs, latest) => {
    expect(latestIncarnation(wallTimeMs)).toBe(latest);
  });
});
