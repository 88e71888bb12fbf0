/** Over how long the rate is taken, milliseconds. */
const windowMs = 2_000;

/** How many messages a second went by of late, from counts taken now and then. */
export class MessageRate {
  readonly #taken: { at: number; count: number }[] = [];

  /** Takes a count at a time (milliseconds) and returns messages per second since the window's begin. */
  take(at: number, count: number): number {
    this.#taken.push({ at, count });
    while (this.#taken.length > 2 && at - (this.#taken[0]?.at ?? at) > windowMs)
      this.#taken.shift();
    const first = this.#taken[0];
    if (first === undefined || at <= first.at) return 0;
    return ((count - first.count) * 1_000) / (at - first.at);
  }
}
