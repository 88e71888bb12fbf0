import type { Random } from '@macula/core';

/** Numbers of probes: 32 bits, from a random one on, so that answers to an earlier life fit nothing. */
export class Sequence {
  #last: number;

  constructor(random: Random) {
    this.#last = random.integer(2 ** 32);
  }

  next(): number {
    this.#last = (this.#last + 1) >>> 0;
    return this.#last;
  }
}
