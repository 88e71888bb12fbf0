import { InvalidArgumentError } from './errors.ts';

/** A 256-bit identifier in Kademlia's XOR metric (Maymounkov and Mazières 2002, §2.1). Immutable. */
export abstract class Id {
  static readonly byteLength = 32;

  /** Read-only by convention: do not write. */
  readonly bytes: Uint8Array;
  /** 64 lower-case hex digits; equal IDs have equal keys, so it serves as a map key. */
  readonly key: string;

  protected constructor(bytes: Uint8Array, kind: string) {
    if (bytes.length !== Id.byteLength) {
      throw new InvalidArgumentError(`${kind} needs ${Id.byteLength} bytes, got ${bytes.length}`);
    }
    this.bytes = new Uint8Array(bytes);
    // Of what was given, not of the copy: that stays in the engine's own heap as long as nobody asks for its buffer.
    this.key = toHex(bytes);
  }

  equals(other: Id): boolean {
    return this.key === other.key;
  }

  /** Negative, zero or positive as this ID sorts before, with or after `other` (big-endian). */
  compare(other: Id): number {
    return this.key < other.key ? -1 : this.key > other.key ? 1 : 0;
  }

  /** XOR distance to `other`, 32 bytes big-endian. */
  distance(other: Id): Uint8Array {
    const result = new Uint8Array(Id.byteLength);
    for (let i = 0; i < Id.byteLength; i++) result[i] = byteAt(this, i) ^ byteAt(other, i);
    return result;
  }

  /** Number of leading bits that both IDs share: 256 when equal. */
  commonPrefixLength(other: Id): number {
    for (let i = 0; i < Id.byteLength; i++) {
      const difference = byteAt(this, i) ^ byteAt(other, i);
      if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
    }
    return Id.byteLength * 8;
  }

  /** Negative, zero or positive as `a` is nearer to this ID than `b`, as near, or farther. */
  compareDistance(a: Id, b: Id): number {
    for (let i = 0; i < Id.byteLength; i++) {
      const own = byteAt(this, i);
      const difference = (byteAt(a, i) ^ own) - (byteAt(b, i) ^ own);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  toString(): string {
    return this.key;
  }

  toJSON(): string {
    return this.key;
  }
}

function byteAt(id: Id, index: number): number {
  return id.bytes[index] as number;
}

function toHex({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('hex');
}

/** Reads 64 hex digits. Throws InvalidArgumentError. */
export function bytesFromHex(text: string, kind: string): Uint8Array {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new InvalidArgumentError(
      `${kind} must be 64 hex digits, got ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return Buffer.from(text, 'hex');
}
