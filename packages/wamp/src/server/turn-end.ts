import type { Clock } from '@macula/core';

/** Runs what was asked for during one turn of the event loop at its end, with one callback of the loop for all. */
export class TurnEnd {
  readonly #clock: Clock;
  #tasks: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `task` must not throw. */
  add(task: () => void): void {
    if (this.#tasks.push(task) === 1) this.#clock.defer(() => this.#run());
  }

  #run(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  }
}
