import type { NodeId, Random } from '@macula/core';

/** Digits of a key that are hashed, and where they begin: IDs are hashes of keys, any 64 bits of them will do. */
const firstDigit = 24;
const digits = 16;
const smallest = 16;

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
    if (this.#size > this.#slots.length * 0.75) this.#grow();
  }

  delete(key: string): boolean {
    let hole = this.#find(key);
    if (this.#slots[hole] === undefined) return false;
    this.#size--;
    const mask = this.#slots.length - 1;
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const item = this.#slots[at];
      if (item === undefined) break;
      const home = this.#hash(item.id.key) & mask;
      // An item stays where it is when its home lies between the hole and its place.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#slots[hole] = item;
      hole = at;
    }
    this.#slots[hole] = undefined;
    return true;
  }

  /** In no particular order. Do not add or remove meanwhile. */
  *values(): Iterable<T> {
    for (const item of this.#slots) if (item !== undefined) yield item;
  }

  clear(): void {
    this.#slots = emptySlots(smallest);
    this.#size = 0;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = emptySlots(before.length * 2);
    for (const item of before) if (item !== undefined) this.#slots[this.#find(item.id.key)] = item;
  }

  /** Where `key` is, or would be put. */
  #find(key: string): number {
    const mask = this.#slots.length - 1;
    let at = this.#hash(key) & mask;
    for (; ; at = (at + 1) & mask) {
      const item = this.#slots[at];
      if (item === undefined || item.id.key === key) return at;
    }
  }

  #hash(key: string): number {
    let hash = this.#salt;
    for (let i = firstDigit; i < firstDigit + digits; i++) {
      hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
      hash ^= hash >>> 15;
    }
    return hash;
  }
}

function emptySlots(count: number): undefined[] {
  return new Array<undefined>(count).fill(undefined);
}
