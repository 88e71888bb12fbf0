import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, systemClock, systemRandom } from '../index.ts';

describe('the system clock', () => {
  test('fires timers no earlier than asked, also when the turn they are set in is long', async () => {
    const blockedUntil = systemClock.now() + 15;
    while (systemClock.now() < blockedUntil);
    const set = systemClock.now();
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 10.4));
    expect(systemClock.now() - set).toBeGreaterThanOrEqual(10.4);
  });

  test('does not fire what was cancelled', async () => {
    let fired = false;
    systemClock.setTimer(() => (fired = true), 1).cancel();
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 5));
    expect(fired).toBe(false);
  });

  test('does not fire a delay of months at once', async () => {
    let fired = false;
    const timer = systemClock.setTimer(() => (fired = true), 2 ** 33);
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 5));
    timer.cancel();
    expect(fired).toBe(false);
  });

  test('defers behind the current turn, and takes background timers and past ones', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.defer(() => {
        order.push('deferred');
        systemClock.setTimer(resolve, -5);
      });
      order.push('turn');
    });
    systemClock.setTimer(() => undefined, 1000, { background: true }).cancel();
    expect(order).toEqual(['turn', 'deferred']);
  });

  test('has wall time since 1970', () => {
    expect(systemClock.wallTime()).toBeGreaterThan(Date.UTC(2024, 0));
  });
});

describe('system randomness', () => {
  test('draws numbers below one that differ', () => {
    const drawn = Array.from({ length: 5000 }, () => systemRandom.next());
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(drawn).size).toBe(5000);
  });

  test('draws every integer below the bound', () => {
    const drawn = new Set(Array.from({ length: 1000 }, () => systemRandom.integer(7)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(systemRandom.integer(1)).toBe(0);
    expect(systemRandom.integer(Number.MAX_SAFE_INTEGER)).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });

  test.each([0, -1, 1.5, 2 ** 53, NaN])('refuses to draw below %s', (below) => {
    expect(() => systemRandom.integer(below)).toThrow(InvalidArgumentError);
  });

  test.each([0, 1, 16, 32, 1024, 1025, 10_000])('gives %i fresh bytes', (length) => {
    const bytes = systemRandom.bytes(length);
    expect(bytes).toHaveLength(length);
    if (length >= 16) {
      expect(bytes).not.toEqual(systemRandom.bytes(length));
      expect(bytes.some((byte) => byte !== 0)).toBe(true);
    }
  });

  test('refuses lengths that are none', () => {
    expect(() => systemRandom.bytes(-1)).toThrow(InvalidArgumentError);
  });
});
