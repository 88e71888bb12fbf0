import type { Clock } from '@macula/core';

/** Resolves after so many milliseconds, or when the signal fires. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(done, delayMs);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}
