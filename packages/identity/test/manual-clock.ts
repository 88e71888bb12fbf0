import type { Clock, Timer } from '@macula/core';

interface ManualTimer extends Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until the test advances it. */
export class ManualClock implements Clock {
  readonly #timers = new Set<ManualTimer>();
  #now = 0;
  #epoch = Date.UTC(2026, 5, 1);

  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#epoch + this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const timer: ManualTimer = {
      due: this.#now + delayMs,
      callback,
      cancel: () => this.#timers.delete(timer),
    };
    this.#timers.add(timer);
    return timer;
  }

  defer(callback: () => void): void {
    this.setTimer(callback, 0);
  }

  /** Lets `ms` pass at once, then runs what came due meanwhile. */
  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.due > this.#now || !this.#timers.delete(timer)) continue;
      timer.callback();
    }
  }

  /** Sets the wall clock, as an operator or NTP does: the monotonic time does not move. */
  setWallTime(wallTime: number): void {
    this.#epoch = wallTime - this.#now;
  }
}

export const hour = 3_600_000;
export const day = 24 * hour;
