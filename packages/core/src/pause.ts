import type { Clock } from './contracts/clock.ts';
import { AbortedError } from './errors.ts';

/**
 * Resolves after `delayMs` milliseconds; without a timer for 0 or less. Throws AbortedError when the
 * signal fires first (its `cause` is the signal's reason).
 */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      timer?.cancel();
      reject(new AbortedError('the wait was aborted', { cause: signal?.reason }));
    };
    const done = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const timer =
      delayMs > 0 && signal?.aborted !== true ? clock.setTimer(done, delayMs) : undefined;
    if (signal?.aborted === true) abort();
    else if (timer === undefined) resolve();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
