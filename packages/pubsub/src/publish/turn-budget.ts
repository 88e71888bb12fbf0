import type { Clock } from '@macula/core';

const messagesPerTurn = 256;
const bytesPerTurn = 64 * 1024;
const settled: Promise<void> = Promise.resolve();

/**
 * Keeps `for (;;) await publish()` from starving the event loop: awaiting a settled promise never leaves the
 * microtask queue, so after some hundred messages callers get a promise that takes a turn of the loop.
 */
export class TurnBudget {
  readonly #clock: Clock;
  #messages = 0;
  #bytes = 0;
  #turn: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the caller of a publication of `bytes` bytes is to wait for: nothing, mostly. */
  spend(bytes: number): Promise<void> {
    this.#messages++;
    this.#bytes += bytes;
    if (this.#messages < messagesPerTurn && this.#bytes < bytesPerTurn) return settled;
    return (this.#turn ??= new Promise((resolve) => {
      this.#clock.defer(() => {
        this.#messages = 0;
        this.#bytes = 0;
        this.#turn = undefined;
        resolve();
      });
    }));
  }
}
