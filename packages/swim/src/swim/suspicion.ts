import type { Clock, Timer } from '@macula/core';
import { type SuspicionBounds, suspicionTimeout } from './suspicion-timeout.ts';

export interface SuspicionOptions {
  readonly bounds: SuspicionBounds;
  /** Accusers besides the first that shorten it to its minimum; 0 makes it minimal from the start. */
  readonly expected: number;
  readonly accuser: string;
  /** Called once, when nobody has refuted it in time, with how late the timer was in milliseconds. */
  readonly onExpired: (lateMs: number) => void;
}

/** A suspicion that waits for refutation; every independent accuser shortens the wait (Lifeguard §IV-B). */
export class Suspicion {
  readonly #clock: Clock;
  readonly #options: SuspicionOptions;
  readonly #startedAt: number;
  /** At most `expected + 1`. */
  readonly #accusers = new Set<string>();
  #timer: Timer | undefined;

  constructor(clock: Clock, options: SuspicionOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#accusers.add(options.accuser);
    this.#arm(this.#remainingMs());
  }

  /** Whether `accuser` is a new one that counts: then its accusation is worth passing on. */
  confirm(accuser: string): boolean {
    if (this.#accusers.size > this.#options.expected || this.#accusers.has(accuser)) return false;
    this.#accusers.add(accuser);
    this.#arm(this.#remainingMs());
    return true;
  }

  /** Waits for another `ms`, for instance because the last wait was slept through. */
  extend(ms: number): void {
    this.#arm(ms);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #remainingMs(): number {
    const { bounds, expected } = this.#options;
    const length = suspicionTimeout(this.#accusers.size - 1, expected, bounds);
    return Math.max(0, this.#startedAt + length - this.#clock.now());
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    const due = this.#clock.now() + delayMs;
    this.#timer = this.#clock.setTimer(
      () => this.#options.onExpired(this.#clock.now() - due),
      delayMs,
      { background: true },
    );
  }
}
