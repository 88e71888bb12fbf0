import { type Clock, type Timer, TimeoutError, withDeadline } from '@macula/core';

export interface PatienceOptions {
  readonly signal: AbortSignal;
  /** What is waited for; said when it does not come. */
  what(): string;
}

/**
 * Waits for as long as something moves: how long many processes take to start depends on the machine, and on what else it
 * has to do.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #movedAt = 0;

  /** Ends when nothing has moved for so many milliseconds. */
  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** Something has moved. */
  moved(): void {
    this.#movedAt = this.#clock.now();
  }

  /** Waits for `work`, whose signal fires when the wait ends early. Throws TimeoutError, AbortedError, or what the work throws. */
  async wait<T>(
    work: (signal: AbortSignal) => Promise<T>,
    { signal, what }: PatienceOptions,
  ): Promise<T> {
    const exhausted = new AbortController();
    let timer: Timer | undefined;
    const look = (): void => {
      const left = this.#movedAt + this.#limitMs - this.#clock.now();
      if (left > 0) timer = this.#clock.setTimer(look, left);
      else exhausted.abort(new TimeoutError(`nothing moves any more: ${what()}`));
    };
    this.moved();
    look();
    try {
      return await withDeadline(this.#clock, work, {
        signal: AbortSignal.any([signal, exhausted.signal]),
        what: 'waiting',
      });
    } catch (error) {
      throw exhausted.signal.aborted ? exhausted.signal.reason : error;
    } finally {
      timer?.cancel();
    }
  }
}
