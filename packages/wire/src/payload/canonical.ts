import { encode } from '@msgpack/msgpack';
import { InvalidPayloadError } from '../errors.ts';
import { checkEncodable } from './encodable.ts';
import { maxPayloadDepth } from './payload-depth.ts';

/**
 * MessagePack in the one form that everybody gives the same value: map keys in the order of their UTF-16 units, shortest
 * forms of lengths, and of integers whether they are numbers or bigints; a Map is written as the object that
 * it is received as, `undefined` as nil. For bytes that are signed, hashed, or seen by third parties. Throws
 * InvalidPayloadError.
 */
export function encodeCanonical(value: unknown): Uint8Array {
  checkEncodable(value);
  return encode(canonicalForm(value), {
    sortKeys: true,
    useBigInt64: true,
    maxDepth: maxPayloadDepth + 1,
  });
}

/**
 * The encoder writes numbers beyond 32 bits as floats, and bigints always in 64 bits. So integers beyond 32
 * bits go in as bigints and all others as numbers.
 */
function canonicalForm(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) && !fits32Bits(value) ? BigInt(value) : value;
    case 'bigint':
      return fits32Bits(Number(value)) ? Number(value) : value;
    case 'string':
      return wellFormed(value);
    case 'object':
      return value === null ? null : canonicalObject(value);
    default:
      return value;
  }
}

function canonicalObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(canonicalForm);
  if (value instanceof Uint8Array || value instanceof Date) return value;
  if (value instanceof Map) return canonicalMap(value as Map<string | number, unknown>);
  const { toJSON } = value as { toJSON?: unknown };
  const isInstance = Object.getPrototypeOf(value) !== Object.prototype;
  if (isInstance && typeof toJSON === 'function') return canonicalForm(toJSON.call(value));
  return canonicalMap(Object.entries(value));
}

function canonicalMap(entries: Iterable<[string | number, unknown]>): Record<string, unknown> {
  // Without a prototype, so that __proto__ is a key like any other.
  const map = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of entries) {
    map[typeof key === 'string' ? wellFormed(key) : key] = canonicalForm(value);
  }
  return map;
}

/** As Unicode sees it, a pair is one character and no surrogate. */
const loneSurrogate = /\p{Surrogate}/u;

/** A lone surrogate would be written as U+FFFD: two strings would have one form, and neither would come back. */
function wellFormed(text: string): string {
  if (!loneSurrogate.test(text)) return text;
  throw new InvalidPayloadError('a string with a lone surrogate has no UTF-8 form');
}

function fits32Bits(value: number): boolean {
  return value >= -0x8000_0000 && value <= 0xffff_ffff;
}
