import { describe, expect, it } from '@jest/globals';
import { AbortedError, TimeoutError } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import { HourClock, type HourClockOptions } from './hour-clock.ts';

function setup(options: Partial<HourClockOptions> = {}) {
  const clock = virtualClock();
  const ended = new AbortController();
  const announced: [hour: number, at: number][] = [];
  const began = clock.now();
  const hours = new HourClock(
    {
      clock,
      signal: ended.signal,
      announce: (hour) => {
        announced.push([hour, clock.now() - began]);
        return Promise.resolve();
      },
    },
    { from: 5, hours: 3, speed: 2, ...options },
  );
  const outcome = { done: false, error: undefined as unknown };
  const running = hours.run().then(
    () => (outcome.done = true),
    (error: unknown) => (outcome.error = error),
  );
  return { clock, ended, announced, hours, outcome, running };
}

describe('the clock of the street', () => {
  it('shows an hour every half second at a speed of 2', async () => {
    const { clock, announced, hours, outcome } = setup();
    for (const hour of [5, 6, 7]) {
      await clock.advance(100);
      hours.completed(hour);
      await clock.advance(400);
    }
    expect(announced).toEqual([
      [5, 0],
      [6, 500],
      [7, 1_000],
    ]);
    expect(outcome.done).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes on as soon as an hour is complete at full speed, and not before', async () => {
    const { clock, announced, hours } = setup({ speed: Infinity });
    await clock.advance(70);
    hours.completed(6);
    hours.completed(4);
    await clock.advance(1);
    expect(announced).toEqual([[5, 0]]);
    hours.completed(5);
    await clock.advance(0);
    expect(announced.at(-1)).toEqual([6, 71]);
  });

  it('catches up with its pace after an hour that took long', async () => {
    const { clock, announced, hours } = setup();
    await clock.advance(800);
    hours.completed(5);
    await clock.advance(50);
    hours.completed(6);
    await clock.advance(500);
    expect(announced.map(([, at]) => at)).toEqual([0, 800, 1_000]);
  });

  it('shows an hour again that stays incomplete, and gives it up in the end', async () => {
    const { clock, announced, outcome } = setup({ repeatAfterMs: 1_000, giveUpAfterMs: 3_500 });
    await clock.advance(10_000);
    expect(announced).toEqual([
      [5, 0],
      [5, 1_000],
      [5, 2_000],
      [5, 3_000],
    ]);
    expect(outcome.error).toBeInstanceOf(TimeoutError);
    expect(String(outcome.error)).toContain('hour 5 was not completed within 3500 ms');
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([0, 600])('stops when it is told to, after %i ms', async (ms) => {
    const { clock, ended, hours, outcome } = setup({ speed: 0.1 });
    await clock.advance(ms);
    if (ms > 0) hours.completed(5);
    await clock.advance(1);
    ended.abort();
    await clock.advance(0);
    expect(outcome.error).toBeInstanceOf(AbortedError);
    expect(clock.pendingTimers).toBe(0);
  });
});
