import type { Clock, Timer } from '@macula/core';

/** Time between trees, in milliseconds: at least this, and a millisecond for each member. */
const restMs = 1_000;
/** After so long any change is worth a new tree. */
const settleMs = 30_000;

/** When the next tree of a topic may be made: trees cost, so that changes wait for one another. */
export class TreeSchedule {
  readonly #clock: Clock;
  readonly #build: () => void;
  #builtAt = -Infinity;
  #notBefore = -Infinity;
  #timer: Timer | undefined;
  #hurried = false;

  constructor(clock: Clock, build: () => void) {
    this.#clock = clock;
    this.#build = build;
  }

  /** The next tree comes as early as it may: no change makes a difference. */
  get hurried(): boolean {
    return this.#hurried;
  }

  /** None is made for the time being. */
  get postponed(): boolean {
    return this.#notBefore > this.#clock.now();
  }

  /** Something has changed. `urgent`: it is worth a new tree of `size` members at once; otherwise it has time. */
  changed(urgent: boolean, size: number): void {
    const rest = urgent ? Math.max(restMs, size) : settleMs;
    const at = Math.max(this.#builtAt + rest, this.#notBefore);
    this.#timer?.cancel();
    this.#hurried = urgent;
    const delay = at - this.#clock.now();
    this.#timer = this.#clock.setTimer(() => this.#build(), delay, { background: true });
  }

  /** A tree is made now, or it was tried. */
  built(): void {
    this.#builtAt = this.#clock.now();
  }

  /** None is made for so many milliseconds. */
  postpone(forMs: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + forMs);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#hurried = false;
  }
}
