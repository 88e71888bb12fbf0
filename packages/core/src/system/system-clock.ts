import type { Clock, Timer } from '../contracts/clock.ts';

/** The longest delay that setTimeout takes; beyond it Node fires at once. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * Node counts a timer's delay from the start of the current event-loop turn, so that a timer set late in a
 * long turn fires early. The contract says "no earlier", hence the check at the firing.
 */
class SystemTimer implements Timer {
  readonly #callback: () => void;
  readonly #due: number;
  readonly #background: boolean;
  #handle: NodeJS.Timeout | undefined;

  constructor(callback: () => void, delayMs: number, background: boolean) {
    this.#callback = callback;
    // Delays below zero, and NaN, are over already.
    const delay = delayMs > 0 ? delayMs : 0;
    this.#due = performance.now() + delay;
    this.#background = background;
    this.#arm(delay);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  #arm(delayMs: number): void {
    this.#handle = setTimeout(() => this.#fire(), Math.min(Math.ceil(delayMs), longestDelayMs));
    if (this.#background) this.#handle.unref();
  }

  #fire(): void {
    const missing = this.#due - performance.now();
    if (missing > 0) {
      this.#arm(missing);
      return;
    }
    this.#handle = undefined;
    this.#callback();
  }
}

/** Time as the operating system gives it. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer: (callback, delayMs, options) =>
    new SystemTimer(callback, delayMs, options?.background === true),
  defer: (callback) => {
    setImmediate(callback);
  },
};
