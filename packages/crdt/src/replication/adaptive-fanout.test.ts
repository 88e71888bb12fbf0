import { describe, expect, test } from '@jest/globals';
import { AdaptiveFanout, pushRounds } from './adaptive-fanout.ts';

function acknowledge(fanout: AdaptiveFanout, times: number, news: boolean): void {
  for (let i = 0; i < times; i++) fanout.acknowledged(news);
}

describe('the adaptive fanout', () => {
  test('is the configured one while pushes are news', () => {
    const fanout = new AdaptiveFanout(3);
    acknowledge(fanout, 100, true);
    expect(fanout.current).toBe(3);
  });

  test('shrinks to one in a storm of what everybody knows, and recovers afterwards', () => {
    const fanout = new AdaptiveFanout(3);
    acknowledge(fanout, 200, false);
    expect(fanout.current).toBe(1);
    fanout.quiet();
    expect(fanout.current).toBe(1);
    acknowledge(fanout, 100, true);
    expect(fanout.current).toBe(3);
  });

  test('is one as soon as a link refuses, and grows again in quiet rounds', () => {
    const fanout = new AdaptiveFanout(4);
    fanout.refused();
    expect(fanout.current).toBe(1);
    for (let round = 0; round < 12; round++) fanout.quiet();
    expect(fanout.current).toBe(4);
  });
});

test.each([
  [0, 3, 2],
  [2, 3, 3],
  [20, 3, 5],
  [999, 3, 7],
  [999, 9, 5],
])('with %i peers and a fanout of %i a change is pushed for %i rounds', (peers, fanout, rounds) => {
  expect(pushRounds(peers, fanout)).toBe(rounds);
});
