import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../test/fake-clock.ts';
import { InvalidArgumentError, NotRunningError, TimerWheel } from './index.ts';

describe('a timer wheel', () => {
  test('fires each timer once, not early, and at most one resolution late', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 10 });
    const fired = new Map<number, number[]>();
    const delays = [0, 1, 9, 10, 11, 25, 100, 5119, 5120, 5121, 60_000];
    const start = clock.now();
    for (const delay of delays) {
      fired.set(delay, []);
      wheel.schedule(() => fired.get(delay)?.push(clock.now() - start), delay);
    }
    for (let i = 0; i < 61_000; i += 7) clock.advance(7);
    for (const [delay, times] of fired) {
      expect(times).toHaveLength(1);
      expect(times[0]).toBeGreaterThanOrEqual(delay);
      expect(times[0]).toBeLessThanOrEqual(delay + 10);
    }
    expect(clock.pendingTimers).toBe(0);
  });

  test('fires in the order of their ticks, and within a tick in the order of scheduling', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 10 });
    const order: string[] = [];
    wheel.schedule(() => order.push('late'), 30);
    wheel.schedule(() => order.push('early'), 10);
    wheel.schedule(() => order.push('also early'), 10);
    clock.advance(30);
    expect(order).toEqual(['early', 'also early', 'late']);
  });

  test('never fires a timer without end, and refuses one that is no number', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const fired: string[] = [];
    const endless = wheel.schedule(() => fired.push('endless'), Infinity);
    wheel.schedule(() => fired.push('soon'), 10);
    clock.advance(100_000);
    expect(fired).toEqual(['soon']);
    expect(clock.pendingTimers).toBe(0);
    endless.cancel();
    wheel.stop();
    expect(() => new TimerWheel(clock).schedule(() => undefined, NaN)).toThrow(
      InvalidArgumentError,
    );
  });

  test('keeps one timer of the clock for any number of its own', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    for (let i = 0; i < 10_000; i++) wheel.schedule(() => undefined, 5000 + (i % 100));
    expect(clock.pendingTimers).toBe(1);
    expect(clock.timersSet).toBe(1);
    wheel.schedule(() => undefined, 50);
    expect(clock.pendingTimers).toBe(1);
    wheel.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test('does not fire what was cancelled, also while it is firing', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const fired: string[] = [];
    wheel.schedule(() => fired.push('cancelled'), 20).cancel();
    wheel.schedule(() => {
      fired.push('first');
      second.cancel();
      second.cancel();
    }, 30);
    const second = wheel.schedule(() => fired.push('second'), 30);
    clock.advance(100);
    expect(fired).toEqual(['first']);
  });

  test('lets callbacks schedule again, with no delay too', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 10 });
    let count = 0;
    const again = (): void => {
      if (++count < 5) wheel.schedule(again, 0);
    };
    again();
    clock.advance(100);
    expect(count).toBe(5);
    expect(clock.pendingTimers).toBe(0);
  });

  test('goes on after a callback that throws', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const fired: string[] = [];
    wheel.schedule(() => {
      throw new Error('from the callback');
    }, 10);
    wheel.schedule(() => fired.push('same tick'), 10);
    wheel.schedule(() => fired.push('later'), 200);
    expect(() => clock.advance(50)).toThrow('from the callback');
    clock.advance(300);
    expect(fired).toEqual(['same tick', 'later']);
  });

  test('catches up after the process was suspended', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const fired: number[] = [];
    for (const delay of [10, 6_000, 20_000]) wheel.schedule(() => fired.push(delay), delay);
    const sleeping = clock.now() + 100_000;
    Object.defineProperty(clock, 'now', { value: () => sleeping, configurable: true });
    clock.advance(20);
    expect(fired).toEqual([10, 6_000, 20_000]);
  });

  test('stands still while nothing is scheduled', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    clock.advance(1_000_000);
    let fired = false;
    wheel.schedule(() => (fired = true), 15);
    clock.advance(14);
    expect(fired).toBe(false);
    clock.advance(11);
    expect(fired).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test('fires nothing after stop, also when a callback stops it, and takes nothing more', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    let fired = 0;
    wheel.schedule(() => {
      fired++;
      wheel.stop();
    }, 10);
    wheel.schedule(() => fired++, 10);
    wheel.schedule(() => fired++, 500);
    clock.advance(1000);
    expect(fired).toBe(1);
    expect(clock.pendingTimers).toBe(0);
    expect(() => wheel.schedule(() => undefined, 1)).toThrow(NotRunningError);
  });

  test('refuses a resolution that is no duration', () => {
    expect(() => new TimerWheel(new FakeClock(), { resolutionMs: 0 })).toThrow(
      InvalidArgumentError,
    );
  });
});
