import type { Clock } from './contracts/clock.ts';
import { AbortedError, TimeoutError } from './errors.ts';

export interface DeadlineOptions {
  /** Milliseconds until TimeoutError. Without it, or with Infinity, only `signal` ends the wait. */
  readonly timeout?: number | undefined;
  /** What ends the wait early: one signal, or the first of several. Nothing is left behind at signals that live on, as AbortSignal.any does. */
  readonly signal?: AbortSignal | readonly (AbortSignal | undefined)[] | undefined;
  /** What is waited for, for the error message: "dial to 10.0.0.1:4433". */
  readonly what: string;
}

/**
 * Waits for `work` no longer than the options allow. Given a function, its signal fires when the wait
 * ends early, so that the work can stop too; what the abandoned work settles to is ignored.
 * Throws TimeoutError, AbortedError (its `cause` is the signal's reason), or what the work throws.
 */
export async function withDeadline<T>(
  clock: Clock,
  work: Promise<T> | ((signal: AbortSignal) => Promise<T>),
  options: DeadlineOptions,
): Promise<T> {
  const { timeout, what } = options;
  const signals = [options.signal].flat();
  const abandon = new AbortController();
  const fired = signals.find((signal) => signal?.aborted);
  if (fired !== undefined) {
    if (typeof work !== 'function') work.catch(() => undefined);
    throw aborted(what, fired);
  }
  let release = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    const end = (error: Error): void => {
      reject(error);
      abandon.abort(error);
    };
    const onAbort = ({ target }: Event): void => end(aborted(what, target as AbortSignal));
    const timer =
      timeout === undefined || timeout === Infinity
        ? undefined
        : clock.setTimer(
            () => end(new TimeoutError(`${what} took longer than ${timeout} ms`)),
            timeout,
          );
    for (const signal of signals) signal?.addEventListener('abort', onAbort, { once: true });
    release = () => {
      timer?.cancel();
      for (const signal of signals) signal?.removeEventListener('abort', onAbort);
    };
  });
  try {
    // Promise.race observes both, so that a late rejection of the loser is never unhandled.
    return await Promise.race([typeof work === 'function' ? work(abandon.signal) : work, ended]);
  } finally {
    release();
  }
}

function aborted(what: string, signal: AbortSignal): AbortedError {
  return new AbortedError(`${what} was aborted`, { cause: signal.reason });
}
