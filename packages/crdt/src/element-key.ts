import { decodeValue, encodeCanonical } from '@macula/wire';
import { UnencodableValueError } from './errors.ts';

/**
 * Stands for a MessagePack-able value as a Map key: equal keys exactly for equal canonical bytes.
 * Safe integers and strings stand for themselves; any other value is NUL followed by its canonical
 * bytes, one character each.
 */
export type ElementKey = string | number;

const escape = '\0';

/** The key of `value`. Throws UnencodableValueError. */
export function keyOf(value: unknown): ElementKey {
  if (typeof value === 'string') {
    if (value.charCodeAt(0) !== 0 && value.isWellFormed()) return value;
  } else if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return value === 0 ? 0 : value;
  } else if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) {
    return Number(value);
  }
  return escape + Buffer.from(canonicalBytes(value)).toString('latin1');
}

/** The value that `key` stands for; a fresh copy where it is an object. */
export function valueOf(key: ElementKey): unknown {
  if (typeof key === 'number' || key.charCodeAt(0) !== 0) return key;
  return decodeValue(escapedBytes(key));
}

/** Canonical bytes of `value`. Throws UnencodableValueError. */
export function canonicalBytes(value: unknown): Uint8Array {
  try {
    return encodeCanonical(value);
  } catch (error) {
    throw new UnencodableValueError(
      `an element or value has no MessagePack form: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** Whether `key` is an escaped one, and so carries canonical bytes. */
export function isEscaped(key: string): boolean {
  return key.charCodeAt(0) === 0;
}

/** The canonical bytes in an escaped key. */
export function escapedBytes(key: string): Uint8Array {
  return Buffer.from(key.slice(1), 'latin1');
}

/** A total order of keys: integers, then strings by UTF-16 code unit, then all others by canonical bytes. */
export function compareKeys(a: ElementKey, b: ElementKey): number {
  const rankA = rank(a);
  const rankB = rank(b);
  if (rankA !== rankB) return rankA - rankB;
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(key: ElementKey): number {
  return typeof key === 'number' ? 0 : isEscaped(key) ? 2 : 1;
}
