import type { Clock } from '@macula/core';

/**
 * Runs what was asked for during one turn of the event loop at its end, once for all. While what clients sent is being
 * read, that is when the loop has read from all of them. At other times, as when the mesh brings something, the loop
 * has read already and would look at the network once more before: then it is as soon as no promise continuation is left.
 */
export class TurnEnd {
  readonly #clock: Clock;
  #tasks: (() => void)[] = [];
  #reading = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Handles what a client sent. `read` must not throw. */
  whileReading(read: () => void): void {
    this.#reading = true;
    read();
    this.#reading = false;
  }

  /** `task` must not throw. */
  add(task: () => void): void {
    if (this.#tasks.push(task) > 1) return;
    if (this.#reading) this.#clock.defer(this.#run);
    else queueMicrotask(this.#afterMicrotasks);
  }

  // A tick that is queued from a microtask runs when no microtask is left.
  readonly #afterMicrotasks = (): void => process.nextTick(this.#run);

  readonly #run = (): void => {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  };
}
