import type { Clock, Timer } from '@macula/core';

/** Finds subscribers that take nothing for too long, so that publishers need not wait for them for ever. */
export class StallWatch {
  /** It has taken nothing for `limitMs` while somebody waited. */
  lagging = false;
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onLagging: () => void;
  #progressAt = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, limitMs: number, onLagging: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onLagging = onLagging;
  }

  /** Something was taken, or begins to wait. */
  progress(): void {
    this.#progressAt = this.#clock.now();
  }

  /** Somebody waits. */
  watch(): void {
    this.#timer ??= this.#setTimer(this.#limitMs);
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #setTimer(delay: number): Timer {
    return this.#clock.setTimer(() => this.#check(), delay, { background: true });
  }

  #check(): void {
    const left = this.#progressAt + this.#limitMs - this.#clock.now();
    this.#timer = left > 0 ? this.#setTimer(left) : undefined;
    if (left > 0) return;
    this.lagging = true;
    this.#onLagging();
  }
}
