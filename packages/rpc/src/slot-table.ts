/**
 * Numbers for what is in flight: a dense array, a free list, and a generation per slot, so that a number
 * names one use of its slot and an answer to an earlier use is recognised as stale. Numbers stay small
 * (at most 256 · capacity), start at 1, and cost no hashing.
 */
export class SlotTable<T> {
  readonly #bits: number;
  readonly #slots: (T | undefined)[] = [];
  readonly #generations: number[] = [];
  readonly #free: number[] = [];
  readonly capacity: number;
  #size = 0;

  /** `capacity` is rounded up to a power of two. */
  constructor(capacity: number) {
    this.#bits = Math.ceil(Math.log2(Math.max(1, capacity)));
    this.capacity = 2 ** this.#bits;
  }

  /** How many slots are taken. */
  get size(): number {
    return this.#size;
  }

  /** Takes a slot for `value` and returns its number, or 0 when every slot is taken. */
  acquire(value: T): number {
    let slot = this.#free.pop();
    if (slot === undefined) {
      slot = this.#slots.length;
      if (slot === this.capacity) return 0;
      this.#slots.push(undefined);
      this.#generations.push(0);
    }
    this.#slots[slot] = value;
    this.#size++;
    return (((this.#generations[slot] as number) << this.#bits) | slot) + 1;
  }

  /** What holds the number, or undefined when nothing does or no longer does. */
  get(id: number): T | undefined {
    const slot = (id - 1) & (this.capacity - 1);
    return this.#generations[slot] === (id - 1) >>> this.#bits ? this.#slots[slot] : undefined;
  }

  /** Frees the number's slot and returns what held it. */
  release(id: number): T | undefined {
    const value = this.get(id);
    if (value === undefined) return undefined;
    const slot = (id - 1) & (this.capacity - 1);
    this.#slots[slot] = undefined;
    this.#generations[slot] = ((this.#generations[slot] as number) + 1) & 0xff;
    this.#free.push(slot);
    this.#size--;
    return value;
  }

  /** What is in flight, in no particular order. */
  values(): T[] {
    return this.#slots.filter((value) => value !== undefined);
  }
}
