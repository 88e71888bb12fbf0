import { MalformedFrameError } from './errors.ts';

/** A varint has at most this many bytes, as in Protocol Buffers. */
export const longestVarint = 10;

/** Where reading goes on; moved by `readVarint`. */
export interface VarintCursor {
  offset: number;
}

/** Bytes that `writeVarint` takes for `value`. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/**
 * Writes a safe, non-negative integer as a base-128 varint, least significant group first (Protocol Buffers
 * encoding, "Base 128 Varints"). Returns the offset behind it. The caller makes sure of the room.
 */
export function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  // Bitwise operators would cut off what is above 32 bits.
  while (rest > 0x7fff_ffff) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/**
 * Reads the varint at `cursor.offset` and moves the cursor behind it. Gives -1, and leaves the cursor, when `end` comes
 * first. Longer forms than necessary are accepted. Throws MalformedFrameError for more than 10 bytes, or
 * a value above 2^53 - 1.
 */
export function readVarint(bytes: Uint8Array, cursor: VarintCursor, end: number): number {
  const { offset } = cursor;
  if (offset >= end) return -1;
  const first = bytes[offset] as number;
  if (first < 0x80) {
    cursor.offset = offset + 1;
    return first;
  }
  let value = first & 0x7f;
  let scale = 0x80;
  for (let at = offset + 1; at < end; at++) {
    if (at - offset >= longestVarint) break;
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) {
        throw new MalformedFrameError('a varint is above 2^53 - 1');
      }
      cursor.offset = at + 1;
      return value;
    }
    scale *= 0x80;
  }
  if (end - offset >= longestVarint) {
    throw new MalformedFrameError(`a varint has more than ${longestVarint} bytes`);
  }
  return -1;
}
