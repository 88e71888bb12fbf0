import { describe, expect, it } from '@jest/globals';
import { retransmitLimit } from './retransmit-limit.ts';

describe('retransmitLimit', () => {
  it.each([
    [0, 4],
    [1, 4],
    [9, 4],
    [10, 8],
    [99, 8],
    [100, 12],
    [999, 12],
    [9_999, 16],
    [10_000, 20],
  ])('%d members: %d times', (members, times) => {
    expect(retransmitLimit(members, 4)).toBe(times);
  });
});
