import { describe, expect, it } from '@jest/globals';
import { TimeoutError } from '@macula/core';
import { virtualClock } from '../clock/virtual-clock.ts';
import { eventually } from './eventually.ts';

describe('eventually', () => {
  it('waits until the condition holds', async () => {
    const clock = virtualClock();
    const wait = eventually(() => clock.now() >= 40, { clock, intervalMs: 15 });
    await clock.complete(wait);
    expect(clock.now()).toBe(45);
  });

  it('gives up at its limit, and passes on what the condition throws', async () => {
    const clock = virtualClock();
    const never = eventually(() => false, { clock, limitMs: 100 });
    await expect(clock.complete(never)).rejects.toThrow(TimeoutError);
    const broken = eventually(() => {
      throw new Error('no such thing');
    });
    await expect(broken).rejects.toThrow('no such thing');
  });

  it('works in real time', async () => {
    let looks = 0;
    await eventually(() => ++looks > 2, { intervalMs: 1 });
    expect(looks).toBe(3);
  });
});
