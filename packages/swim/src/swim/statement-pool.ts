import type { Member } from '@macula/core';
import { decodeRumour, encodeRumour, type Rumour, subjectOf } from './rumour.ts';
import { Snapshot } from './snapshot.ts';

interface PooledStatement {
  readonly bytes: Uint8Array;
  readonly rumour: Rumour;
}

/**
 * What members say of themselves, once: the same bytes give the same object, which need not be decoded, kept or
 * encoded again. A node has one of its own; simulated nodes of one process share one, so that a view of a
 * member costs each of them a reference. Bounded: the statement that was learnt first gives way.
 */
export class StatementPool {
  readonly #capacity: number;
  readonly #latest = new Map<string, PooledStatement>();
  /** By the list that each was made of. */
  readonly #snapshots = new WeakMap<readonly Member[], Snapshot>();

  constructor(capacity = 16_384) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#latest.size;
  }

  /** Throws ProtocolError. */
  decode(bytes: Uint8Array): Rumour {
    const key = subjectOf(bytes);
    const known = key === undefined ? undefined : this.#latest.get(key);
    if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return known.rumour;
    const rumour = decodeRumour(bytes);
    if (rumour.status !== 'alive') return rumour;
    // Of shared knowledge the newest is what most will want.
    if (known !== undefined && known.rumour.incarnation > rumour.incarnation) return rumour;
    this.#latest.set(rumour.id.key, { bytes: Uint8Array.from(bytes), rumour });
    if (this.#latest.size > this.#capacity) this.#forgetOne();
    return rumour;
  }

  /** Do not write into the result. */
  encode(rumour: Rumour): Uint8Array {
    const known = this.#latest.get(rumour.id.key);
    return known?.rumour === rumour ? known.bytes : encodeRumour(rumour);
  }

  /** The members of a list, as a table to begin with: the same one for the same list, which must not be written any more. */
  snapshot(members: readonly Member[]): Snapshot {
    const known = this.#snapshots.get(members);
    if (known !== undefined) return known;
    const snapshot = new Snapshot(members);
    this.#snapshots.set(members, snapshot);
    return snapshot;
  }

  #forgetOne(): void {
    for (const key of this.#latest.keys()) {
      this.#latest.delete(key);
      return;
    }
  }
}
