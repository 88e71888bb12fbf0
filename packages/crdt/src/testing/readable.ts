import { inspect } from 'node:util';

/** A value as a person would write it. */
export function readable(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Infinity, maxArrayLength: 20 });
}

/** Bytes in hex, shortened in the middle. */
export function readableBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return hex.length <= 160 ? hex : `${hex.slice(0, 80)}…${hex.slice(-40)} (${bytes.length} bytes)`;
}

/** A text that is the same for equal values: keys of objects, entries of maps and members of sets are in an order of their own. */
export function comparable(value: unknown): string {
  if (value instanceof Map) return `map{${sorted(value)}}`;
  if (value instanceof Set) return `set{${sorted(value)}}`;
  if (value instanceof Uint8Array) return `bytes(${Buffer.from(value).toString('hex')})`;
  if (Array.isArray(value)) return `[${value.map(comparable).join()}]`;
  if (value !== null && typeof value === 'object') return `{${sorted(Object.entries(value))}}`;
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

function sorted(items: Iterable<unknown>): string {
  return Array.from(items, comparable).sort().join();
}
