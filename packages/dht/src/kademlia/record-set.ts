import type { Author, HeldRecord } from './held-record.ts';

/** The records under one key, one of each entry. Most keys have one record only: it needs no map. */
export class RecordSet implements Iterable<HeldRecord> {
  #only: HeldRecord | undefined;
  #many: Map<string, HeldRecord> | undefined;

  get size(): number {
    return this.#many?.size ?? (this.#only === undefined ? 0 : 1);
  }

  get(author: Author, id: string): HeldRecord | undefined {
    if (this.#many !== undefined) return this.#many.get(nameOf(author, id));
    return this.#only?.author === author && this.#only.id === id ? this.#only : undefined;
  }

  /** Takes the place of the record that there is of the same entry. */
  put(held: HeldRecord): void {
    const only = this.#only;
    if (this.#many !== undefined) {
      this.#many.set(nameOf(held.author, held.id), held);
    } else if (only === undefined || (only.author === held.author && only.id === held.id)) {
      this.#only = held;
    } else {
      this.#only = undefined;
      this.#many = new Map([only, held].map((one) => [nameOf(one.author, one.id), one]));
    }
  }

  /** False when this record is not, or no longer, here. */
  remove(held: HeldRecord): boolean {
    if (this.get(held.author, held.id) !== held) return false;
    if (this.#many === undefined) this.#only = undefined;
    else this.#many.delete(nameOf(held.author, held.id));
    return true;
  }

  /** What is here now, whatever is done meanwhile. */
  [Symbol.iterator](): Iterator<HeldRecord> {
    if (this.#many !== undefined) return [...this.#many.values()][Symbol.iterator]();
    return (this.#only === undefined ? [] : [this.#only])[Symbol.iterator]();
  }
}

/** Names an entry among all under its key. */
function nameOf({ number }: Author, id: string): string {
  return `${number} ${id}`;
}
