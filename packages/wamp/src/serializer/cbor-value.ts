import { isDict } from '../dict.ts';

const deepest = 128;

/** `value` with integers beyond 32 bits as bigints: cbor-x writes them as floats, and IDs must be integers. */
export function cborForm(value: unknown, depth = 0): unknown {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && (value > 0xffff_ffff || value < -0xffff_ffff)
      ? BigInt(value)
      : value;
  }
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) throw new RangeError(`a message is nested deeper than ${deepest} levels`);
  if (Array.isArray(value)) return value.map((element) => cborForm(element, depth + 1));
  if (!isDict(value)) return value;
  return mapped(value, (element) => cborForm(element, depth + 1));
}

/**
 * A decoded value, checked: only what all serializations know. A tag could have made a Set, an Error or a RegExp of
 * what a peer sent. Throws TypeError or RangeError.
 */
export function plainForm(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new TypeError(`a ${typeof value} is not part of WAMP`);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) throw new RangeError(`a message is nested deeper than ${deepest} levels`);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((element) => plainForm(element, depth + 1));
  if (isDict(value)) return mapped(value, (element) => plainForm(element, depth + 1));
  throw new TypeError(`a ${value.constructor.name} is not part of WAMP`);
}

function mapped(dict: object, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(dict).map(([key, value]) => [key, change(value)]));
}
