import type { Random } from '@macula/core';

/**
 * Whom to probe next: round robin through a shuffled list, newcomers at random places, a new shuffle
 * after each round. So everybody is probed within 2n - 1 periods for certain, and not just probably (SWIM §4.3).
 */
export class ProbeOrder {
  readonly #random: Random;
  #order: string[] = [];
  #next = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#order.length;
  }

  /** Does nothing for one that is in the list. */
  add(key: string): void {
    if (this.#order.includes(key)) return;
    const place = this.#random.integer(this.#order.length + 1);
    this.#order.splice(place, 0, key);
    if (place < this.#next) this.#next++;
  }

  remove(key: string): void {
    const place = this.#order.indexOf(key);
    if (place < 0) return;
    this.#order.splice(place, 1);
    if (place < this.#next) this.#next--;
  }

  next(): string | undefined {
    if (this.#next >= this.#order.length) {
      // A new list, as this one keeps the room of those who have gone.
      this.#order = shuffle([...this.#order], this.#random);
      this.#next = 0;
    }
    return this.#order[this.#next++];
  }
}

/** Fisher and Yates. */
export function shuffle<T>(list: T[], random: Random): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const item = list[i] as T;
    list[i] = list[j] as T;
    list[j] = item;
  }
  return list;
}
