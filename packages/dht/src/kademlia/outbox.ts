import { entryName, type SignedRecord } from './record.ts';
import { pageOf } from './record-pages.ts';
import type { KademliaRecord } from '@macula/wire';

/** So many changes are kept; whoever is farther behind learns from the digests of its next renewal what it lacks. */
const maxWaiting = 4_096;

/**
 * Changes that wait to be told to somebody, one message at a time: what changes while one is on its way goes with the next,
 * and of each entry only the latest record.
 */
export class Outbox {
  readonly #waiting = new Map<string, SignedRecord>();
  #sending = false;

  put(record: SignedRecord): void {
    const name = `${record.key.key} ${entryName(record)}`;
    if (this.#waiting.size >= maxWaiting && !this.#waiting.has(name)) return;
    this.#waiting.set(name, record);
  }

  /** Sends until nothing waits, unless that is under way. Throws what `send` throws; the rest then waits on. */
  async flush(send: (records: readonly KademliaRecord[]) => Promise<void>): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#waiting.size > 0) {
        const { page, next } = pageOf([...this.#waiting.values()]);
        const names = [...this.#waiting.keys()].slice(0, next === 0 ? undefined : next);
        for (const name of names) this.#waiting.delete(name);
        await send(page);
      }
    } finally {
      this.#sending = false;
    }
  }

  clear(): void {
    this.#waiting.clear();
  }
}
