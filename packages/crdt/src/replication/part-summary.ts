import { createHash } from 'node:crypto';

/** A part of a state as it stands in a summary. */
interface Leaf {
  readonly id: string;
  /** Where the part stands among all: SHA-256 of its ID, in hex. */
  readonly position: string;
  readonly content: Uint8Array;
  /** 8 bytes over ID and content. */
  readonly digest: Uint8Array;
}

export interface PartDigestEntry {
  readonly id: string;
  readonly digest: Uint8Array;
}

/** Bytes of the digest of a whole state. */
export const rootBytes = 16;
/** Bytes of the digest of a part or a range. */
export const digestBytes = 8;
/** A range of up to so many parts is listed rather than divided. */
export const listedParts = 64;

const positionDigits = 16;

/**
 * A Merkle tree over the parts of a state: parts are ordered by the hashes of their IDs, a range of
 * them is divided by the next byte of these. Two summaries find the parts in which they differ level by level, and no level is kept.
 */
export class PartSummary {
  /** Empty for the empty state. */
  readonly root: Uint8Array;
  private readonly leaves: readonly Leaf[];
  private readonly byId: ReadonlyMap<string, Leaf>;

  /** `before`, a summary of an earlier state, spares hashing what has not changed. */
  constructor(parts: Iterable<readonly [id: string, content: Uint8Array]>, before?: PartSummary) {
    const byId = new Map<string, Leaf>();
    for (const [id, content] of parts) byId.set(id, leafOf(id, content, before?.byId.get(id)));
    this.byId = byId;
    this.leaves = [...byId.values()].sort((a, b) => (a.position < b.position ? -1 : 1));
    this.root = this.leaves.length === 0 ? new Uint8Array(0) : hashOf(this.leaves, rootBytes);
  }

  /** Whether the range is small enough to be listed. */
  isListed(prefix: Uint8Array): boolean {
    const [from, to] = this.range(toHex(prefix));
    return to - from <= listedParts;
  }

  /** All parts in the range. */
  list(prefix: Uint8Array): PartDigestEntry[] {
    const [from, to] = this.range(toHex(prefix));
    return this.leaves.slice(from, to);
  }

  /** Digests of the 256 ranges within a range, one after the other; zeros for empty ones. */
  divide(prefix: Uint8Array): Uint8Array {
    const digests = new Uint8Array(256 * digestBytes);
    const base = toHex(prefix);
    for (let next = 0; next < 256; next++) {
      const [from, to] = this.range(base + hexByte(next));
      if (to > from)
        digests.set(hashOf(this.leaves.slice(from, to), digestBytes), next * digestBytes);
    }
    return digests;
  }

  /** IDs of parts that differ from those that a peer has in the range, or that only one of both has. */
  differingFrom(prefix: Uint8Array, theirs: readonly PartDigestEntry[]): string[] {
    const differing = new Set(this.list(prefix).map(({ id }) => id));
    for (const { id, digest } of theirs) {
      const own = this.byId.get(id);
      if (own !== undefined && Buffer.compare(own.digest, digest) === 0) differing.delete(id);
      else differing.add(id);
    }
    return [...differing];
  }

  private range(prefix: string): [from: number, to: number] {
    return [this.firstAtOrAfter(prefix), this.firstAtOrAfter(prefix + 'g')];
  }

  private firstAtOrAfter(position: string): number {
    let low = 0;
    let high = this.leaves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.leaves[middle] as Leaf).position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function leafOf(id: string, content: Uint8Array, before: Leaf | undefined): Leaf {
  if (before !== undefined && Buffer.compare(before.content, content) === 0) return before;
  const position =
    before?.position ?? createHash('sha256').update(id).digest('hex').slice(0, positionDigits);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(id.length);
  const digest = createHash('sha256').update(length).update(id).update(content).digest();
  return { id, position, content, digest: digest.subarray(0, digestBytes) };
}

function hashOf(leaves: readonly Leaf[], bytes: number): Uint8Array {
  const hash = createHash('sha256');
  for (const { digest } of leaves) hash.update(digest);
  return hash.digest().subarray(0, bytes);
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
