import { describe, expect, test } from '@jest/globals';
import { constantRandom } from '../test/fake-clock.ts';
import { backoffBound, backoffDelay } from './backoff.ts';

describe('backoff', () => {
  test.each([
    { attempt: 0, bound: 100 },
    { attempt: 1, bound: 200 },
    { attempt: 4, bound: 1600 },
    { attempt: 7, bound: 10_000 },
    { attempt: 5000, bound: 10_000 },
    { attempt: -1, bound: 100 },
  ])('before attempt $attempt waits less than $bound ms', ({ attempt, bound }) => {
    const options = { baseMs: 100, maxMs: 10_000 };
    expect(backoffBound(attempt, options)).toBe(bound);
    expect(backoffDelay(attempt, options, constantRandom(0))).toBe(0);
    expect(backoffDelay(attempt, options, constantRandom(0.5))).toBe(bound / 2);
  });

  test('grows by the factor that was asked for', () => {
    expect(backoffBound(3, { baseMs: 1, maxMs: 1000, factor: 3 })).toBe(27);
    expect(backoffBound(3, { baseMs: 50, maxMs: 1000, factor: 1 })).toBe(50);
  });
});
