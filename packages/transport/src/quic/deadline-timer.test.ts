import { expect, test } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import { DeadlineTimer } from './deadline-timer.ts';

function timed() {
  const clock = virtualClock();
  const state = { at: null as number | null, expired: [] as number[] };
  const timer = new DeadlineTimer(
    clock,
    () => (state.at === null ? null : state.at - clock.now()),
    () => {
      state.expired.push(clock.now());
      state.at = null;
    },
  );
  const start = clock.now();
  const moveTo = (ms: number): void => {
    state.at = start + ms;
    timer.update();
  };
  return { clock, state, timer, start, moveTo };
}

test('a deadline that moves later is met once, without a timer for every move', async () => {
  const { clock, state, start, moveTo } = timed();
  for (let ms = 10; ms <= 100; ms += 10) {
    moveTo(ms);
    expect(clock.pendingTimers).toBe(1);
  }
  await clock.advance(500);
  expect(state.expired).toHaveLength(1);
  expect((state.expired[0] as number) - start).toBeGreaterThanOrEqual(100);
  expect((state.expired[0] as number) - start).toBeLessThanOrEqual(102);
  expect(clock.pendingTimers).toBe(0);
});

test('a deadline that moves earlier is met earlier', async () => {
  const { clock, state, moveTo } = timed();
  moveTo(1_000);
  moveTo(20);
  await clock.advance(25);
  expect(state.expired).toHaveLength(1);
});

test('without a deadline, and after stop, there is no timer', async () => {
  const { clock, state, timer, moveTo } = timed();
  timer.update();
  expect(clock.pendingTimers).toBe(0);
  moveTo(50);
  timer.stop();
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(100);
  expect(state.expired).toEqual([]);
});
