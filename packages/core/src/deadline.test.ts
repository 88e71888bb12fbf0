import { describe, expect, test } from '@jest/globals';
import { countListeners } from '../test/count-listeners.ts';
import { FakeClock } from '../test/fake-clock.ts';
import { AbortedError, systemClock, TimeoutError, withDeadline } from './index.ts';

const never = (): Promise<never> => new Promise(() => undefined);

describe('a deadline', () => {
  test('gives the result and leaves no timer or listener', async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    const result = withDeadline(clock, Promise.resolve(7), { timeout: 100, signal, what: 'it' });
    await expect(result).resolves.toBe(7);
    expect(clock.pendingTimers).toBe(0);
    expect(listeners()).toBe(0);
  });

  test('passes on what the work throws, also synchronously', async () => {
    const clock = new FakeClock();
    const failure = new Error('no');
    await expect(
      withDeadline(clock, Promise.reject(failure), { timeout: 100, what: 'it' }),
    ).rejects.toBe(failure);
    const throwing = (): Promise<never> => {
      throw failure;
    };
    await expect(withDeadline(clock, throwing, { timeout: 100, what: 'it' })).rejects.toBe(failure);
    expect(clock.pendingTimers).toBe(0);
  });

  test('fails with TimeoutError and tells the work', async () => {
    const clock = new FakeClock();
    let told: unknown;
    const work = (signal: AbortSignal): Promise<never> => {
      signal.addEventListener('abort', () => (told = signal.reason));
      return never();
    };
    const result = withDeadline(clock, work, { timeout: 100, what: 'dial to x' });
    clock.advance(100);
    await expect(result).rejects.toThrow('dial to x took longer than 100 ms');
    await expect(result).rejects.toBeInstanceOf(TimeoutError);
    expect(told).toBeInstanceOf(TimeoutError);
  });

  test('fails with AbortedError that carries the reason', async () => {
    const clock = new FakeClock();
    const caller = new AbortController();
    const result = withDeadline(clock, never(), {
      timeout: 100,
      signal: caller.signal,
      what: 'it',
    });
    caller.abort('enough');
    await expect(result).rejects.toBeInstanceOf(AbortedError);
    await expect(result).rejects.toMatchObject({ cause: 'enough' });
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([0, 1])('ends by whichever of several signals fires, here number %d', async (at) => {
    const callers = [new AbortController(), new AbortController()];
    const signals = callers.map(({ signal }) => signal);
    const listeners = signals.map(countListeners);
    const wait = { signal: [undefined, ...signals], what: 'it' };
    const result = withDeadline(new FakeClock(), never(), wait);
    expect(listeners.map((count) => count())).toEqual([1, 1]);
    callers[at]?.abort('enough');
    await expect(result).rejects.toMatchObject({ name: 'AbortedError', cause: 'enough' });
    expect(listeners.map((count) => count())).toEqual([0, 0]);
    const late = withDeadline(new FakeClock(), never(), wait);
    await expect(late).rejects.toMatchObject({ name: 'AbortedError', cause: 'enough' });
  });

  test('does not begin the work when it is aborted already', async () => {
    let begun = false;
    const work = (): Promise<void> => {
      begun = true;
      return Promise.resolve();
    };
    const options = { signal: AbortSignal.abort(), what: 'it' };
    await expect(withDeadline(new FakeClock(), work, options)).rejects.toBeInstanceOf(AbortedError);
    await expect(
      withDeadline(new FakeClock(), Promise.reject(new Error('late')), options),
    ).rejects.toBeInstanceOf(AbortedError);
    expect(begun).toBe(false);
  });

  test('ignores what abandoned work settles to', async () => {
    const clock = new FakeClock();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => (fail = reject));
    const result = withDeadline(clock, work, { timeout: 10, what: 'it' });
    clock.advance(10);
    await expect(result).rejects.toBeInstanceOf(TimeoutError);
    fail(new Error('nobody waits for this any more'));
    await new Promise<void>((resolve) => systemClock.defer(resolve));
  });

  test.each([undefined, Infinity])('with timeout %s waits without a timer', async (timeout) => {
    const clock = new FakeClock();
    const result = withDeadline(clock, Promise.resolve('x'), { timeout, what: 'it' });
    expect(clock.pendingTimers).toBe(0);
    await expect(result).resolves.toBe('x');
  });
});
