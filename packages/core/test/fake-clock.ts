import type { Clock, Timer } from '../src/index.ts';

interface Pending {
  readonly due: number;
  readonly callback: () => void;
}

/** Time that moves when a test says so. testkit's virtual clock stands above this package and cannot be used here. */
export class FakeClock implements Clock {
  #now = 1000;
  #pending: Pending[] = [];
  /** Timers ever set. */
  timersSet = 0;

  get pendingTimers(): number {
    return this.#pending.length;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const pending = { due: this.#now + Math.max(0, delayMs), callback };
    this.#pending.push(pending);
    this.timersSet++;
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== pending);
      },
    };
  }

  defer(callback: () => void): void {
    this.setTimer(callback, 0);
  }

  /** Moves time on, firing in order what falls due. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#pending
        .filter(({ due }) => due <= until)
        .sort((a, b) => a.due - b.due)
        .at(0);
      if (next === undefined) break;
      this.#pending = this.#pending.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.due);
      next.callback();
    }
    this.#now = until;
  }
}

/** A Random that gives the same number every time. */
export function constantRandom(
  value: number,
): { next(): number } & import('../src/index.ts').Random {
  return {
    next: () => value,
    integer: (below) => Math.floor(value * below),
    bytes: (length) => new Uint8Array(length),
  };
}
