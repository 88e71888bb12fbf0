import { describe, expect, test } from '@jest/globals';
import { decode as decodeOther, encode as encodeOther } from '@msgpack/msgpack';
import fc from 'fast-check';
import { decodeValue, encodeCanonical, encodeValue, MalformedPayloadError } from '../index.ts';

const keys = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a', 'b', '__proto__'));
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, undefined),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double().map((value) => (Object.is(value, -0) ? 0 : value)),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.uint8Array({ maxLength: 100 }),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 8 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 8, noNullPrototype: true }),
  ),
}));

describe('payloads', () => {
  test('arrive as they were sent', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodeValue(encodeValue(value))).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('are the same for an independent implementation', () => {
    const plain = fc.jsonValue({ noUnicodeString: false });
    fc.assert(
      fc.property(plain, (value) => {
        const noMinusZero: unknown = JSON.parse(JSON.stringify(value));
        expect(decodeOther(encodeValue(noMinusZero))).toEqual(noMinusZero);
        expect(decodeValue(encodeOther(noMinusZero))).toEqual(noMinusZero);
      }),
    );
  });

  test('of garbage are a value or MalformedPayloadError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectValueOrError(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  test('that are damaged are a value or MalformedPayloadError', () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.nat(255), fc.nat(3), (value, at, byte, cutOff) => {
        const bytes = encodeValue(value);
        bytes[at % bytes.length] = byte;
        expectValueOrError(bytes.subarray(0, Math.max(0, bytes.length - cutOff)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('canonical encoding', () => {
  test('is the same for what arrives as for what was sent, in whatever order its keys stand', () => {
    fc.assert(
      fc.property(values, (value) => {
        const canonical = encodeCanonical(value);
        expect(encodeCanonical(decodeValue(encodeValue(value)))).toEqual(canonical);
        expect(encodeCanonical(withKeysReversed(value))).toEqual(canonical);
      }),
    );
  });

  test('is read as the value, with null for undefined', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodeValue(encodeCanonical(value))).toEqual(withoutUndefined(value));
      }),
    );
  });
});

function expectValueOrError(bytes: Uint8Array): void {
  try {
    decodeValue(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedPayloadError);
  }
}

function mapProperties(value: unknown, change: (entries: [string, unknown][]) => void): unknown {
  if (Array.isArray(value)) return value.map((element) => mapProperties(element, change));
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).map(([key, property]): [string, unknown] => [
    key,
    mapProperties(property, change),
  ]);
  change(entries);
  return Object.fromEntries(entries);
}

function withKeysReversed(value: unknown): unknown {
  return mapProperties(value, (entries) => entries.reverse());
}

function withoutUndefined(value: unknown): unknown {
  return mapProperties(value, () => undefined);
}
