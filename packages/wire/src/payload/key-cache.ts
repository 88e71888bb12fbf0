import { readUtf8 } from './utf8.ts';

const capacity = 1024;
const longestKey = 32;

interface CachedKey {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Remembers the strings of map keys by their bytes: messages of one kind repeat the same few keys, and comparing
 * bytes is cheaper than building a string. Direct-mapped, so its size is fixed and a flood of new keys only
 * costs the hits.
 */
export class KeyCache {
  readonly #entries: (CachedKey | undefined)[] = new Array<CachedKey | undefined>(capacity).fill(
    undefined,
  );

  /** The string of `bytes[start, end)`; decoded only when it is not cached. */
  get(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > longestKey || length === 0) return readUtf8(bytes, start, end);
    // A few bytes tell keys apart well enough; that they are the same is decided by all.
    const first = bytes[start] as number;
    const middle = bytes[start + (length >> 1)] as number;
    const last = bytes[end - 1] as number;
    const slot = (length ^ (first << 2) ^ (middle << 4) ^ (last << 5)) & (capacity - 1);
    const cached = this.#entries[slot];
    if (cached !== undefined && isSame(cached.bytes, bytes, start, length)) return cached.text;
    const text = readUtf8(bytes, start, end);
    this.#entries[slot] = { bytes: Uint8Array.from(bytes.subarray(start, end)), text };
    return text;
  }
}

function isSame(cached: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (cached.length !== length) return false;
  for (let i = 0; i < length; i++) if (cached[i] !== bytes[start + i]) return false;
  return true;
}
