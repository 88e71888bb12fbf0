import { describe, expect, test } from '@jest/globals';
import { countListeners } from '../test/count-listeners.ts';
import { FakeClock } from '../test/fake-clock.ts';
import { AbortedError, pause } from './index.ts';

describe('a pause', () => {
  test('ends when its time is over, and leaves no timer or listener', async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    let over = false;
    const paused = pause(clock, 100, signal).then(() => (over = true));
    clock.advance(99);
    await Promise.resolve();
    expect([over, clock.pendingTimers, listeners()]).toEqual([false, 1, 1]);
    clock.advance(1);
    await paused;
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
  });

  test('of no time takes no timer', async () => {
    const clock = new FakeClock();
    const paused = pause(clock, 0);
    expect(clock.pendingTimers).toBe(0);
    await expect(paused).resolves.toBeUndefined();
  });

  test('fails with AbortedError, whose cause is the reason, when the signal fires', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const paused = pause(clock, 100, controller.signal);
    controller.abort('enough');
    await expect(paused).rejects.toBeInstanceOf(AbortedError);
    await expect(paused).rejects.toMatchObject({ cause: 'enough' });
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([0, 100])('of %p ms fails at once when the signal has fired', async (delayMs) => {
    const clock = new FakeClock();
    const paused = pause(clock, delayMs, AbortSignal.abort());
    await expect(paused).rejects.toBeInstanceOf(AbortedError);
    expect(clock.pendingTimers).toBe(0);
  });
});
