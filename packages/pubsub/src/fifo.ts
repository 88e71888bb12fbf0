/** A queue over a ring that grows by doubling: constant cost at both ends, no shifting. Its users bound it. */
export class Fifo<T> {
  #ring: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The oldest item. */
  get first(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** The item `index` places behind the oldest. */
  at(index: number): T | undefined {
    return index < this.#length ? this.#ring[this.#place(index)] : undefined;
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[this.#place(this.#length++)] = item;
  }

  /** Puts `item` before the oldest. */
  unshift(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#head = this.#place(this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#length++;
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = this.#place(1);
    if (--this.#length === 0 && this.#ring.length > 1024) this.clear();
    return item;
  }

  /** Keeps only the items that pass, in their order. */
  retain(keep: (item: T) => boolean): void {
    const kept: T[] = [];
    for (const item of this) if (keep(item)) kept.push(item);
    this.clear();
    for (const item of kept) this.push(item);
  }

  clear(): void {
    this.#ring = [];
    this.#head = 0;
    this.#length = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#ring[this.#place(i)] as T;
  }

  /** The ring's length is a power of two. */
  #place(index: number): number {
    return (this.#head + index) & (this.#ring.length - 1);
  }

  #grow(): void {
    const grown = new Array<T | undefined>(Math.max(8, this.#ring.length * 2));
    for (let i = 0; i < this.#length; i++) grown[i] = this.#ring[this.#place(i)];
    this.#ring = grown;
    this.#head = 0;
  }
}
