import { type Clock, systemClock, TimeoutError } from '@macula/core';

export interface EventuallyOptions {
  /** Milliseconds after which the wait fails with TimeoutError. Default 10,000. */
  readonly limitMs?: number;
  /** Milliseconds between two looks. Default 5. */
  readonly intervalMs?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** Waits in real time until `condition` holds: for tests with sockets and processes. Throws TimeoutError, or what `condition` throws. */
export async function eventually(
  condition: () => boolean,
  options: EventuallyOptions = {},
): Promise<void> {
  const { limitMs = 10_000, intervalMs = 5, clock = systemClock } = options;
  const deadline = clock.now() + limitMs;
  while (!condition()) {
    if (clock.now() >= deadline) {
      throw new TimeoutError(`the condition does not hold after ${limitMs} ms: ${condition}`);
    }
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, intervalMs);
    });
  }
}
