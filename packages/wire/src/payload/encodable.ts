import { InvalidPayloadError } from '../errors.ts';
import { maxPayloadDepth } from './payload-depth.ts';

const smallestInt64 = -(2n ** 63n);
const largestUint64 = 2n ** 64n - 1n;

/** Built-ins that would lose what they hold, and what to send instead. */
const opaque: readonly (readonly [new (...args: never[]) => object, string])[] = [
  [Set, 'spread it into an array'],
  [Error, 'send its name and message'],
  [RegExp, 'send its source'],
  [Promise, 'await it'],
  [ArrayBuffer, 'wrap it in a Uint8Array'],
  [SharedArrayBuffer, 'copy it into a Uint8Array'],
  [WeakMap, 'send a plain object'],
  [WeakSet, 'send an array'],
];

/**
 * Throws InvalidPayloadError, with the path to the culprit, unless every part of `value` has a form in the
 * payload mapping (docs/protocol.md, "Payload"). The MessagePack library would write some of them in a way that
 * nobody can read back: views of 16-bit numbers, for one, as stale bytes of earlier messages.
 */
export function checkEncodable(value: unknown): void {
  try {
    check(value, 0);
  } catch (cause) {
    throw cause instanceof InvalidPayloadError ? cause : unencodable(cause);
  }
}

/** For what a getter or a toJSON of the caller's has thrown. */
export function unencodable(cause: unknown): InvalidPayloadError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new InvalidPayloadError(`the value cannot be encoded: ${why}`, { cause });
}

function check(value: unknown, depth: number): void {
  switch (typeof value) {
    case 'object':
      if (value !== null) checkObject(value, depth);
      return;
    case 'bigint':
      if (value >= smallestInt64 && value <= largestUint64) return;
      throw new InvalidPayloadError(
        `the bigint ${shortened(value)} does not fit 64 bits: send it as text or bytes`,
      );
    case 'function':
    case 'symbol':
      throw new InvalidPayloadError(`a ${typeof value} cannot be sent`);
  }
}

function checkObject(value: object, depth: number): void {
  if (depth >= maxPayloadDepth && !(value instanceof Uint8Array)) {
    throw new InvalidPayloadError(
      `the value is nested deeper than ${maxPayloadDepth} levels, or contains itself`,
    );
  }
  if (Array.isArray(value)) {
    for (const element of value) {
      if (isCompound(element)) check(element, depth + 1);
    }
    return;
  }
  if (value instanceof Uint8Array) return;
  const prototype = Object.getPrototypeOf(value) as unknown;
  if (prototype === Object.prototype || prototype === null) {
    checkProperties(value, depth);
    return;
  }
  checkInstance(value, depth);
}

/** Spares the common leaves a call. */
function isCompound(value: unknown): boolean {
  return typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean';
}

function checkProperties(value: object, depth: number): void {
  for (const key in value) {
    const property = (value as Record<string, unknown>)[key];
    if (isCompound(property)) check(property, depth + 1);
  }
}

function checkInstance(value: object, depth: number): void {
  if (value instanceof Date) {
    if (!Number.isNaN(value.getTime())) return;
    throw new InvalidPayloadError('an invalid Date cannot be sent');
  }
  if (value instanceof Map) {
    for (const [key, element] of value as Map<unknown, unknown>) {
      checkKey(key);
      check(element, depth + 1);
    }
    return;
  }
  if (ArrayBuffer.isView(value)) {
    throw new InvalidPayloadError(
      `a ${value.constructor.name} cannot be sent: send its bytes as a Uint8Array, or its numbers as an array`,
    );
  }
  for (const [kind, advice] of opaque) {
    if (value instanceof kind) {
      throw new InvalidPayloadError(`a ${kind.name} cannot be sent: ${advice}`);
    }
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') check(toJSON.call(value), depth + 1);
  else checkProperties(value, depth);
}

function checkKey(key: unknown): void {
  if (typeof key === 'string' || Number.isSafeInteger(key)) return;
  throw new InvalidPayloadError(
    `a Map key must be a string or a safe integer, got ${key === null ? 'null' : typeof key}`,
  );
}

function shortened(value: bigint): string {
  const text = value.toString();
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
