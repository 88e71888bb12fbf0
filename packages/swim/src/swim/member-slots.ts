import type { NodeId, Random } from '@macula/core';

/** Digits of a key that are hashed, and where they begin: IDs are hashes of keys, any 64 bits of them will do. */
const firstDigit = 24;
const digits = 16;
const smallest = 16;
/** The share of slots in use beyond which there are to be more. */
const mostUsed = 0.75;
const growth = 1.5;

/**
 * A map from node IDs to what carries them, at 8 bytes a slot and two slots or less per entry: a member of a mesh of
 * thousands remembers thousands. Open addressing with linear probing and backward shifts (Knuth, TAOCP
 * vol. 3, §6.4, algorithms L and R); the salt keeps those who choose their IDs from choosing their slots.
 */
export class MemberSlots<T extends { readonly id: NodeId }> {
  readonly #salt: number;
  #slots: (T | undefined)[] = emptySlots(smallest);
  #size = 0;

  constructor(random: Random) {
    this.#salt = random.integer(2 ** 32);
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    return this.#slots[this.#find(key)];
  }

  /** In place of what has the same ID. */
  set(item: T): void {
    const at = this.#find(item.id.key);
    const isNew = this.#slots[at] === undefined;
    this.#slots[at] = item;
    if (!isNew) return;
    this.#size++;
    if (this.#size > this.#slots.length * mostUsed) this.#resize(this.#slots.length * growth);
  }

  /** So many entries are about to come: makes room for them at once. */
  expect(count: number): void {
    const needed = (this.#size + count) / mostUsed;
    if (needed > this.#slots.length) this.#resize(needed);
  }

  delete(key: string): boolean {
    let hole = this.#find(key);
    if (this.#slots[hole] === undefined) return false;
    this.#size--;
    for (let at = this.#after(hole); ; at = this.#after(at)) {
      const item = this.#slots[at];
      if (item === undefined) break;
      // An item stays where it is when its home lies between the hole and its place.
      if (this.#way(this.#home(item.id.key), at) < this.#way(hole, at)) continue;
      this.#slots[hole] = item;
      hole = at;
    }
    this.#slots[hole] = undefined;
    return true;
  }

  /** In no particular order. */
  values(): T[] {
    return this.#slots.filter((item) => item !== undefined);
  }

  clear(): void {
    this.#slots = emptySlots(smallest);
    this.#size = 0;
  }

  #resize(slots: number): void {
    const before = this.#slots;
    this.#slots = emptySlots(Math.ceil(slots) + 1);
    for (const item of before) if (item !== undefined) this.#slots[this.#find(item.id.key)] = item;
  }

  /** Where `key` is, or would be put. */
  #find(key: string): number {
    let at = this.#home(key);
    for (; ; at = this.#after(at)) {
      const item = this.#slots[at];
      if (item === undefined || item.id.key === key) return at;
    }
  }

  #after(at: number): number {
    return at + 1 === this.#slots.length ? 0 : at + 1;
  }

  /** Slots from one to another, going up. */
  #way(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#slots.length;
  }

  /** The slot that `key` gets if it is free. */
  #home(key: string): number {
    let hash = this.#salt;
    for (let at = firstDigit; at < firstDigit + digits; at += 4) {
      const four =
        key.charCodeAt(at) |
        (key.charCodeAt(at + 1) << 8) |
        (key.charCodeAt(at + 2) << 16) |
        (key.charCodeAt(at + 3) << 24);
      hash = Math.imul(hash ^ four, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return Math.floor(((hash >>> 0) / 2 ** 32) * this.#slots.length);
  }
}

function emptySlots(count: number): undefined[] {
  return new Array<undefined>(count).fill(undefined);
}
