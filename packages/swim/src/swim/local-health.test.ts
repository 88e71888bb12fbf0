import { describe, expect, it } from '@jest/globals';
import { LocalHealth } from './local-health.ts';

describe('local health', () => {
  it.each<[string, (health: LocalHealth) => void, number]>([
    ['nothing', () => undefined, 1],
    ['a failed probe with nobody to ask', (health) => health.probeFailed(0, 0), 2],
    ['a failed probe of which no nack came', (health) => health.probeFailed(3, 0), 2],
    ['a failed probe of which one nack came', (health) => health.probeFailed(3, 1), 1],
    ['a refutation', (health) => health.hadToRefute(), 2],
    ['a short lag', (health) => health.lagged(300, 1_000), 2],
    ['a lag of three periods', (health) => health.lagged(3_100, 1_000), 5],
    ['a lag of an hour', (health) => health.lagged(3_600_000, 1_000), 9],
  ])('after %s', (_, happens, multiplier) => {
    const health = new LocalHealth(8);
    happens(health);
    expect(health.multiplier).toBe(multiplier);
  });

  it('gets better with every probe that succeeds, and never better than well', () => {
    const health = new LocalHealth(8);
    health.lagged(1_500, 1_000);
    const seen = [health.multiplier];
    for (let i = 0; i < 4; i++) {
      health.probeSucceeded();
      seen.push(health.multiplier);
    }
    expect(seen).toEqual([3, 2, 1, 1, 1]);
  });

  it('is always well where it is switched off', () => {
    const health = new LocalHealth(0);
    health.hadToRefute();
    expect(health.score).toBe(0);
  });
});
