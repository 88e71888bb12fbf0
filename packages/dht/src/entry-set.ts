import type { DirectoryEntry } from '@macula/core';

/** The entries under one key. Most keys have one entry, which then costs no container. */
export class EntrySet {
  #one: DirectoryEntry | undefined;
  #many: Set<DirectoryEntry> | undefined;

  get size(): number {
    return this.#many?.size ?? (this.#one === undefined ? 0 : 1);
  }

  add(entry: DirectoryEntry): void {
    if (this.#many !== undefined) {
      this.#many.add(entry);
    } else if (this.#one === undefined) {
      this.#one = entry;
    } else {
      this.#many = new Set([this.#one, entry]);
      this.#one = undefined;
    }
  }

  delete(entry: DirectoryEntry): void {
    if (this.#one === entry) this.#one = undefined;
    else this.#many?.delete(entry);
  }

  *[Symbol.iterator](): Iterator<DirectoryEntry> {
    if (this.#many !== undefined) yield* this.#many;
    else if (this.#one !== undefined) yield this.#one;
  }
}
