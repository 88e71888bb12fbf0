import { type Clock, TimeoutError, withDeadline } from '@macula/core';

export interface HourClockDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Tells everybody that an hour has begun. */
  announce(hour: number): Promise<void>;
}

export interface HourClockOptions {
  readonly from: number;
  readonly hours: number;
  /** Simulated hours per second; Infinity: as fast as the mesh completes them. */
  readonly speed: number;
  /** Milliseconds after which an hour that is not completed is announced again. Default 10,000: a busy machine is no loss. */
  readonly repeatAfterMs?: number;
  /** Milliseconds after which it never will be. Default 60,000. */
  readonly giveUpAfterMs?: number;
}

/**
 * Goes from hour to hour: not before the pace allows it, and never before the hour is completed. That makes the demo as fast as
 * the mesh at full speed, and loses nothing: what got lost on the way is asked for again.
 */
export class HourClock {
  readonly #deps: HourClockDeps;
  readonly #options: Required<HourClockOptions>;
  #hour: number;
  #wake: (() => void) | undefined;

  constructor(deps: HourClockDeps, options: HourClockOptions) {
    this.#deps = deps;
    this.#options = { repeatAfterMs: 10_000, giveUpAfterMs: 60_000, ...options };
    this.#hour = options.from;
  }

  /** Every home's measurement of this hour is booked. */
  completed(hour: number): void {
    if (hour !== this.#hour) return;
    this.#hour++;
    this.#wake?.();
  }

  /** Resolves when the last hour is completed. Throws TimeoutError for an hour that stays incomplete, or AbortedError. */
  async run(): Promise<void> {
    const { from, hours, speed } = this.#options;
    const began = this.#deps.clock.now();
    for (let hour = from; hour < from + hours; hour++) {
      await this.#until(began + ((hour - from) / speed) * 1_000);
      await this.#live(hour);
    }
  }

  async #live(hour: number): Promise<void> {
    const { clock, signal } = this.#deps;
    const { repeatAfterMs, giveUpAfterMs } = this.#options;
    const giveUpAt = clock.now() + giveUpAfterMs;
    while (this.#hour === hour) {
      const done = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const what = `hour ${hour}`;
      try {
        const announced = this.#deps.announce(hour);
        await withDeadline(clock, Promise.race([done, announced.then(() => done)]), {
          timeout: repeatAfterMs,
          signal,
          what,
        });
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        if (clock.now() < giveUpAt) continue;
        throw new TimeoutError(
          `hour ${hour} was not completed within ${giveUpAfterMs} ms: measurements are missing`,
          { cause: error },
        );
      }
    }
  }

  async #until(time: number): Promise<void> {
    const { clock, signal } = this.#deps;
    const missing = time - clock.now();
    if (!(missing > 0)) return;
    const pause = new AbortController();
    const waiting = new Promise<void>((resolve) => {
      const timer = clock.setTimer(resolve, missing);
      pause.signal.addEventListener('abort', () => timer.cancel());
    });
    try {
      await withDeadline(clock, waiting, { signal, what: 'waiting for the next hour' });
    } finally {
      pause.abort();
    }
  }
}
