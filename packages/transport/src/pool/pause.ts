import type { Clock } from '@macula/core';

/** Waits `delayMs`; not at all for 0. Rejects with the signal's reason when it fires first. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    if (delayMs <= 0) {
      resolve();
      return;
    }
    const aborted = (): void => {
      timer.cancel();
      reject(signal.reason as Error);
    };
    const timer = clock.setTimer(() => {
      signal.removeEventListener('abort', aborted);
      resolve();
    }, delayMs);
    signal.addEventListener('abort', aborted, { once: true });
  });
}
