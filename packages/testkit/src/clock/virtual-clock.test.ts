import { describe, expect, it } from '@jest/globals';
import { TimeoutError } from '@macula/core';
import { virtualClock } from './virtual-clock.ts';

describe('virtualClock', () => {
  it('fires timers in the order of their times, equal times in the order they were set', async () => {
    const clock = virtualClock();
    const fired: string[] = [];
    for (const [name, delay] of [
      ['c', 20],
      ['a', 10],
      ['d', 20],
      ['b', 10],
    ] as const) {
      clock.setTimer(() => fired.push(`${name}@${clock.now()}`), delay);
    }
    await clock.advance(15);
    expect(fired).toEqual(['a@10', 'b@10']);
    await clock.advance(5);
    expect(fired).toEqual(['a@10', 'b@10', 'c@20', 'd@20']);
    expect(clock.now()).toBe(20);
  });

  it('lets promise chains of any length run to their end between two instants', async () => {
    const clock = virtualClock();
    let reached = -1;
    clock.setTimer(() => {
      void (async () => {
        for (let i = 0; i < 200; i++) await Promise.resolve();
        reached = clock.now();
      })();
    }, 1);
    clock.setTimer(() => undefined, 2);
    await clock.advance(10);
    expect(reached).toBe(1);
  });

  it('runs deferred callbacks at the same instant, after the timers and promises of that instant', async () => {
    const clock = virtualClock();
    const trace: string[] = [];
    clock.setTimer(() => {
      clock.defer(() => trace.push(`deferred@${clock.now()}`));
      void Promise.resolve().then(() => trace.push('promise'));
    }, 5);
    clock.setTimer(() => trace.push('timer'), 5);
    await clock.advance(5);
    expect(trace).toEqual(['timer', 'promise', 'deferred@5']);
  });

  it('fires timers that callbacks set for the time being moved over', async () => {
    const clock = virtualClock();
    const times: number[] = [];
    const tick = (): void => {
      times.push(clock.now());
      if (times.length < 4) clock.setTimer(tick, 2.5);
    };
    clock.setTimer(tick, 2.5);
    await clock.advance(10);
    expect(times).toEqual([2.5, 5, 7.5, 10]);
  });

  it('does not fire a cancelled timer, and counts what is pending', async () => {
    const clock = virtualClock();
    let fired = 0;
    const timers = Array.from({ length: 50 }, (_, i) => clock.setTimer(() => fired++, i % 7));
    for (const timer of timers.slice(0, 20)) {
      timer.cancel();
      timer.cancel();
    }
    expect(clock.pendingTimers).toBe(30);
    await clock.runAll();
    expect(fired).toBe(30);
    expect(clock.pendingTimers).toBe(0);
  });

  it('runs until a condition holds and not further', async () => {
    const clock = virtualClock();
    let ready = false;
    clock.setTimer(() => (ready = true), 30);
    clock.setTimer(() => (ready = false), 31);
    await clock.runUntil(() => ready, { limitMs: 100 });
    expect(clock.now()).toBe(30);
    await expect(clock.runUntil(() => clock.now() > 500, { limitMs: 50 })).rejects.toThrow(
      TimeoutError,
    );
    expect(clock.now()).toBe(80);
  });

  it('runs until a promise settles, and passes on its value or error', async () => {
    const clock = virtualClock();
    const value = new Promise<number>((resolve) => clock.setTimer(() => resolve(7), 12));
    expect(await clock.complete(value)).toBe(7);
    const failure = new Promise((_, reject) => {
      clock.setTimer(() => reject(new Error('no')), 3);
    });
    await expect(clock.complete(failure)).rejects.toThrow('no');
    expect(clock.now()).toBe(15);
    const never = new Promise(() => undefined);
    await expect(clock.complete(never, { limitMs: 5 })).rejects.toThrow(TimeoutError);
  });

  it('does not wait for background timers in runAll', async () => {
    const clock = virtualClock();
    const beat = (): void => void clock.setTimer(beat, 10, { background: true });
    beat();
    clock.setTimer(() => undefined, 25);
    await clock.runAll();
    expect(clock.now()).toBe(25);
    expect(clock.pendingTimers).toBe(1);
  });

  it('rejects with the error of a callback and stays usable', async () => {
    const clock = virtualClock();
    let later = false;
    clock.setTimer(() => {
      throw new Error('broken timer');
    }, 1);
    clock.setTimer(() => (later = true), 1);
    await expect(clock.advance(5)).rejects.toThrow('broken timer');
    await clock.advance(5);
    expect(later).toBe(true);

    clock.defer(() => {
      throw new Error('broken callback');
    });
    let ran = false;
    clock.defer(() => (ran = true));
    await expect(clock.advance(0)).rejects.toThrow('broken callback');
    await clock.advance(0);
    expect(ran).toBe(true);
  });

  it('refuses to be moved twice at a time, or backwards', async () => {
    const clock = virtualClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('running already');
    await first;
    await expect(clock.advance(-1)).rejects.toThrow('forwards');
    await expect(clock.advance(Number.NaN)).rejects.toThrow('forwards');
  });

  it('keeps wall time in step', async () => {
    const clock = virtualClock({ wallTime: 1_000_000 });
    await clock.advance(250);
    expect(clock.wallTime()).toBe(1_000_250);
    expect(virtualClock().wallTime()).toBe(Date.UTC(2026, 0, 1));
  });

  it('gives skewed views that are ahead and drift', async () => {
    const clock = virtualClock({ wallTime: 0 });
    await clock.advance(1_000);
    const fast = clock.skewed(500, 2);
    expect([fast.now(), fast.wallTime()]).toEqual([1_500, 1_500]);
    let firedAt = -1;
    fast.setTimer(() => (firedAt = clock.now()), 100);
    let deferred = false;
    fast.defer(() => (deferred = true));
    await clock.advance(100);
    expect(fast.now()).toBe(1_700);
    expect(fast.wallTime()).toBe(1_700);
    expect(firedAt).toBe(1_050);
    expect(deferred).toBe(true);
    expect(() => clock.skewed(0, 0)).toThrow('positive');
  });
});
