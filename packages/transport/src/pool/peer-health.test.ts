import { describe, expect, it } from '@jest/globals';
import { PeerUnreachableError } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import { PeerHealth, type PeerHealthOptions } from './peer-health.ts';

const half = { next: () => 0.5, integer: () => 0, bytes: () => new Uint8Array() };
const options: PeerHealthOptions = {
  breakerThreshold: 3,
  breakerResetMs: 10_000,
  backoff: { baseMs: 100, maxMs: 1_000 },
  maxTargets: 2,
};

describe('the health of a target', () => {
  it('spaces retries out exponentially, up to a limit', () => {
    const health = new PeerHealth(virtualClock(), half, { ...options, breakerThreshold: 99 });
    const delays = Array.from({ length: 6 }, () => {
      health.failed('x', new Error('no'));
      return health.delayOf('x');
    });
    expect(delays).toEqual([50, 100, 200, 400, 500, 500]);
    expect(health.delayOf('y')).toBe(0);
  });

  it('fails dials at once after enough failures, with the last cause and the time of the next try', async () => {
    const clock = virtualClock();
    const health = new PeerHealth(clock, half, options);
    const cause = new Error('no route');
    for (let n = 0; n < 3; n += 1) {
      health.assertDialable('x');
      health.failed('x', cause);
    }
    await clock.advance(4_000);
    expect(() => health.assertDialable('x')).toThrow(PeerUnreachableError);
    expect(() => health.assertDialable('x')).toThrow('tried again in 6000 ms');
    try {
      health.assertDialable('x');
    } catch (error) {
      expect((error as Error).cause).toBe(cause);
    }
    await clock.advance(6_000);
    expect(() => health.assertDialable('x')).not.toThrow();
  });

  it('is good again after one success', () => {
    const health = new PeerHealth(virtualClock(), half, options);
    for (let n = 0; n < 3; n += 1) health.failed('x', new Error('no'));
    health.succeeded('x');
    expect(() => health.assertDialable('x')).not.toThrow();
    expect(health.delayOf('x')).toBe(0);
  });

  it('is remembered for a bounded number of targets', () => {
    const health = new PeerHealth(virtualClock(), half, options);
    for (const target of ['x', 'y', 'z']) health.failed(target, new Error('no'));
    expect(health.size).toBe(2);
    expect(health.delayOf('x')).toBe(0);
  });
});
