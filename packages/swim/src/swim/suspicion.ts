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
  readonly startedAt: number;
  /** At most `expected + 1`. */
  readonly #accusers = new Set<string>();
  #corroboratedEnd = Infinity;
  #notBefore = -Infinity;
  #timer: Timer | undefined;
  #due = Infinity;

  constructor(clock: Clock, options: SuspicionOptions) {
    this.#clock = clock;
    this.#options = options;
    this.startedAt = clock.now();
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

  /** Whether this node's own link to the suspect speaks against it. */
  get corroborated(): boolean {
    return this.#corroboratedEnd < Infinity;
  }

  /** Ends at `endsAt` at the latest, unless `withdraw` comes before. */
  corroborate(endsAt: number): void {
    this.#corroboratedEnd = endsAt;
    this.#arm(this.#remainingMs());
  }

  /** The suspect is within reach again, or this node's links prove nothing. */
  withdraw(): void {
    if (!this.corroborated) return;
    this.#corroboratedEnd = Infinity;
    this.#arm(this.#remainingMs());
  }

  /** Waits for another `ms` at least, for instance because the last wait was slept through. */
  extend(ms: number): void {
    this.#notBefore = this.#clock.now() + ms;
    this.#arm(this.#remainingMs());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #remainingMs(): number {
    const { bounds, expected } = this.#options;
    const length = suspicionTimeout(this.#accusers.size - 1, expected, bounds);
    const end = Math.min(this.startedAt + length, this.#corroboratedEnd);
    return Math.max(0, Math.max(end, this.#notBefore) - this.#clock.now());
  }

  #arm(delayMs: number): void {
    const now = this.#clock.now();
    // An overdue timer is about to tell that this node was asleep: nothing may hide that.
    if (this.#timer !== undefined && now > this.#due) return;
    this.#timer?.cancel();
    const due = now + delayMs;
    this.#due = due;
    this.#timer = this.#clock.setTimer(
      () => {
        this.#timer = undefined;
        this.#options.onExpired(this.#clock.now() - due);
      },
      delayMs,
      { background: true },
    );
  }
}
