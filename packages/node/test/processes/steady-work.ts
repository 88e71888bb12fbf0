import { type Clock, systemClock, type Timer } from '@macula/core';

/** What has become of the work that was begun. */
export interface WorkCount {
  begun: number;
  succeeded: number;
  /** By code of the error. */
  failed: Record<string, number>;
  /** Longest time that a piece of work took to settle, in milliseconds. */
  slowest: number;
  /** Longest time between two successes, in milliseconds. */
  longestPause: number;
}

/** Begins numbered pieces of work at a steady rate, whatever becomes of the ones before, and counts how each ends. */
export class SteadyWork {
  readonly count: WorkCount = { begun: 0, succeeded: 0, failed: {}, slowest: 0, longestPause: 0 };
  readonly #work: (number: number) => Promise<unknown>;
  readonly #perMs: number;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #pending = new Set<Promise<void>>();
  #succeededAt: number | undefined;
  #timer: Timer | undefined;

  /** `rate` is pieces per second. */
  constructor(
    work: (number: number) => Promise<unknown>,
    rate: number,
    clock: Clock = systemClock,
  ) {
    this.#work = work;
    this.#perMs = rate / 1_000;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#schedule();
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Slowest and longest pause are measured from here on. */
  forgetPauses(): void {
    this.count.slowest = 0;
    this.count.longestPause = 0;
  }

  /** Begins no more; resolves with the counts when everything has settled. */
  async finish(): Promise<WorkCount> {
    this.#timer?.cancel();
    await Promise.all(this.#pending);
    return this.count;
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(() => {
      this.#schedule();
      const due = Math.floor((this.#clock.now() - this.#startedAt) * this.#perMs);
      while (this.count.begun < due) this.#begin(++this.count.begun);
    }, 10);
  }

  #begin(number: number): void {
    const began = this.#clock.now();
    const settled = this.#work(number)
      .then(
        () => this.#succeeded(),
        (error: unknown) => {
          const code = String((error as { code?: unknown }).code ?? error);
          this.count.failed[code] = (this.count.failed[code] ?? 0) + 1;
        },
      )
      .then(() => {
        this.count.slowest = Math.max(this.count.slowest, this.#clock.now() - began);
        this.#pending.delete(settled);
      });
    this.#pending.add(settled);
  }

  #succeeded(): void {
    const now = this.#clock.now();
    const pause = now - (this.#succeededAt ?? now);
    this.#succeededAt = now;
    this.count.succeeded++;
    this.count.longestPause = Math.max(this.count.longestPause, pause);
  }
}
