import type { DirectoryKey } from '@macula/core';
import type { SignedRecord } from './record.ts';

/** What a new entry goes on from. */
export type SpareId = Pick<SignedRecord, 'id' | 'sequence'>;

/**
 * IDs of this node's entries that have been withdrawn. Replicas keep a withdrawal for as long as anything that it withdraws
 * may turn up; a new entry under the same key that goes on with its ID takes its place there. So whoever comes and goes
 * leaves one withdrawal behind, not one for each time.
 */
export class SpareIds {
  readonly #limit: number;
  readonly #byKey = new Map<string, SignedRecord[]>();
  #size = 0;

  /** `limit`: how many are remembered; more are forgotten, which costs replicas room and nothing else. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** A quorum of the replicas holds this withdrawal. */
  keep(withdrawal: SignedRecord): void {
    if (this.#size >= this.#limit) return;
    const key = withdrawal.key.key;
    const spare = this.#byKey.get(key);
    if (spare === undefined) this.#byKey.set(key, [withdrawal]);
    else spare.push(withdrawal);
    this.#size++;
  }

  /** The ID of an entry that was under the key, for one that comes there. */
  take({ key }: DirectoryKey): SpareId | undefined {
    const spare = this.#byKey.get(key);
    const taken = spare?.pop();
    if (taken === undefined) return undefined;
    this.#size--;
    if (spare?.length === 0) this.#byKey.delete(key);
    return taken;
  }

  /** Forgets what replicas do not hold any longer. */
  sweep(wallTime: number): void {
    for (const [key, spare] of this.#byKey) {
      const held = spare.filter(({ expiresAt }) => expiresAt > wallTime);
      this.#size -= spare.length - held.length;
      if (held.length > 0) this.#byKey.set(key, held);
      else this.#byKey.delete(key);
    }
  }

  clear(): void {
    this.#byKey.clear();
    this.#size = 0;
  }
}
