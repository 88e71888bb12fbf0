import type { DirectoryEntry, Pattern } from '@macula/core';
import { readInterest } from '@macula/pubsub';

/** Patterns of cataloguers that a node takes note of. */
const maxPatterns = 256;
/** Of these, so many of one cataloguer. */
export const maxPatternsPerNode = 32;

/** What cataloguers ask for. */
export class AskedPatterns {
  readonly #byEntry = new Map<string, Pattern>();
  readonly #ofNode = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#byEntry.size === 0;
  }

  [Symbol.iterator](): Iterator<Pattern> {
    return this.#byEntry.values();
  }

  /** What says no pattern, or comes on top of too many, is passed over. */
  take(entry: DirectoryEntry): void {
    const pattern = readInterest(entry.value)?.pattern;
    if (pattern === undefined) return;
    const name = nameOf(entry);
    if (!this.#byEntry.has(name)) {
      const asked = this.#ofNode.get(entry.node.key) ?? 0;
      if (this.#byEntry.size >= maxPatterns || asked >= maxPatternsPerNode) return;
      this.#ofNode.set(entry.node.key, asked + 1);
    }
    this.#byEntry.set(name, pattern);
  }

  forget(entry: DirectoryEntry): void {
    if (!this.#byEntry.delete(nameOf(entry))) return;
    const asked = (this.#ofNode.get(entry.node.key) ?? 0) - 1;
    if (asked > 0) this.#ofNode.set(entry.node.key, asked);
    else this.#ofNode.delete(entry.node.key);
  }

  clear(): void {
    this.#byEntry.clear();
    this.#ofNode.clear();
  }
}

function nameOf({ node, id }: DirectoryEntry): string {
  return `${node.key}/${id}`;
}
