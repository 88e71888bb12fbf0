import { describe, expect, test } from '@jest/globals';
import { pack } from 'msgpackr';
import {
  decodePayload,
  decodeValue,
  encodeValue,
  InvalidPayloadError,
  MalformedPayloadError,
  maxPayloadDepth,
} from '../index.ts';

const roundTrip = (value: unknown): unknown => decodeValue(encodeValue(value));
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { x: value };
  return value;
}

class Reading {
  readonly watts = 3500;
  get derived(): number {
    return 1;
  }
}

/** Encodes something else while it is encoded itself. */
class Encoding {
  toJSON(): number {
    return encodeValue({ deep: 'x'.repeat(5000) }).length;
  }
}

/** Throws when asked once more than `successes` times. */
class Failing {
  #successes: number;

  constructor(successes: number) {
    this.#successes = successes;
  }

  toJSON(): string {
    if (this.#successes-- > 0) return 'fine';
    throw new Error('no JSON today');
  }
}

describe('a payload', () => {
  test.each([
    [null],
    [undefined],
    [true],
    [false],
    [0],
    [-1],
    [127],
    [128],
    [-32],
    [-33],
    [255],
    [65_535],
    [65_536],
    [-129],
    [-32_769],
    [2 ** 32],
    [-(2 ** 31) - 1],
    [Number.MAX_SAFE_INTEGER],
    [1.5],
    [-1e300],
    [5e-324],
    [Infinity],
    [-Infinity],
    [NaN],
    [2n ** 63n],
    [2n ** 64n - 1n],
    [-(2n ** 63n)],
    [2n ** 53n],
    [''],
    ['text'],
    ['ä€😀'.repeat(30)],
    ['x'.repeat(70_000)],
    [new Date(0)],
    [new Date(1_700_000_000_000)],
    [new Date(1_700_000_000_123)],
    [new Date(-1)],
    [new Date(-62_135_596_800_000)],
    [new Date(2 ** 33 * 1000 + 5)],
    [new Date(8.64e15)],
    [[]],
    [[undefined, null, [1, [2]]]],
    [Array.from({ length: 70_000 }, (_, i) => i % 3)],
    [{}],
    [{ a: 1, b: { c: [undefined] }, '': 0, ключ: 'x'.repeat(40) }],
    [Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`key${i}`, i]))],
  ])('arrives as it was sent: case %#', (value) => {
    expect(roundTrip(value)).toStrictEqual(value);
  });

  test.each([0, 1, 31, 255, 256, 1024, 1025, 65_535, 65_536])(
    'of %i bytes arrives as a Uint8Array of its own',
    (length) => {
      const bytes = Uint8Array.from({ length }, (_, i) => i);
      const encoded = encodeValue(bytes);
      const decoded = decodeValue(encoded) as Uint8Array;
      encoded.fill(0);
      expect(decoded).toStrictEqual(bytes);
      expect(decodeValue(encodeValue(Buffer.from(bytes)))).toStrictEqual(bytes);
    },
  );

  test('cannot take the memory of others along when it is transferred', () => {
    const small = roundTrip(Uint8Array.of(1, 2, 3)) as Uint8Array<ArrayBuffer>;
    try {
      structuredClone(small, { transfer: [small.buffer] });
    } catch {
      // From Node 21 on this throws; before, it copies.
    }
    expect([...small]).toEqual([1, 2, 3]);
    expect(roundTrip(Uint8Array.of(4))).toEqual(Uint8Array.of(4));
  });

  test('changes where JavaScript types have no counterpart', () => {
    expect(roundTrip(5n)).toBe(5);
    expect(roundTrip(-(2n ** 53n) + 1n)).toBe(-(2 ** 53) + 1);
    expect(Object.is(roundTrip(-0), 0)).toBe(true);
    expect(roundTrip(new Reading())).toEqual({ watts: 3500 });
    expect(roundTrip({ toJSON: undefined, a: 1 })).toEqual({ toJSON: undefined, a: 1 });
    expect(roundTrip(new URL('https://macula.io/x'))).toBe('https://macula.io/x');
    expect(roundTrip(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
    expect(roundTrip('\ud800')).toMatch(/^\ufffd+$/);
    expect(roundTrip(new Array(2))).toEqual([undefined, undefined]);
  });

  test('has Maps as objects, with integers as decimal keys', () => {
    const map = new Map<unknown, unknown>([
      ['a', new Map([[1, 'one']])],
      [-5, null],
      [2 ** 40, true],
    ]);
    expect(roundTrip(map)).toEqual({ a: { 1: 'one' }, '-5': null, [String(2 ** 40)]: true });
  });

  test('has __proto__ and constructor as keys like any other', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"admin":true},"constructor":1}');
    const decoded = roundTrip(hostile) as Record<string, unknown>;
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(Object.keys(decoded)).toEqual(['__proto__', 'constructor']);
    expect(decoded['admin']).toBeUndefined();
  });

  test('remembers keys by all of their bytes', () => {
    for (const key of ['a', 'b', 'aa', 'ab', 'ba', 'Aa', 'BB', 'ü', 'x'.repeat(31), '']) {
      for (let i = 0; i < 2; i++) expect(roundTrip({ [key]: 1 })).toEqual({ [key]: 1 });
    }
  });

  test.each([
    ['2n ** 64n', 2n ** 64n, 'does not fit 64 bits'],
    ['-(2n ** 63n) - 1n', -(2n ** 63n) - 1n, 'does not fit 64 bits'],
    ['a huge bigint', 10n ** 300n, '…'],
    ['a function', () => 1, 'a function cannot be sent'],
    ['a symbol', Symbol('x'), 'a symbol cannot be sent'],
    ['an Int32Array', new Int32Array(4), 'a Int32Array cannot be sent'],
    ['a DataView', new DataView(new ArrayBuffer(4)), 'DataView'],
    ['a Set', new Set([1]), 'spread it into an array'],
    ['an Error', new TypeError('x'), 'send its name and message'],
    ['a RegExp', /x/, 'send its source'],
    ['a Promise', Promise.resolve(), 'await it'],
    ['an ArrayBuffer', new ArrayBuffer(4), 'wrap it in a Uint8Array'],
    ['an invalid Date', new Date(NaN), 'invalid Date'],
    ['a Map with object keys', new Map([[{}, 1]]), 'a Map key'],
    ['a Map with a null key', new Map([[null, 1]]), 'got null'],
    ['a Map with a fraction as key', new Map([[1.5, 1]]), 'safe integer'],
  ])('refuses %s, at any depth', (_, value, message) => {
    expect(() => encodeValue(value)).toThrow(InvalidPayloadError);
    expect(() => encodeValue([{ a: [value] }])).toThrow(message);
    expect(() => encodeValue(new Map([['a', value]]))).toThrow(InvalidPayloadError);
  });

  test('has a limit to its depth, for the sender as for the receiver', () => {
    expect(roundTrip(nested(maxPayloadDepth))).toEqual(nested(maxPayloadDepth));
    expect(() => encodeValue(nested(maxPayloadDepth + 1))).toThrow(InvalidPayloadError);
    const deep = bytesOf('91'.repeat(maxPayloadDepth + 1) + '00');
    expect(() => decodeValue(deep)).toThrow(MalformedPayloadError);
    expect(() => decodeValue(bytesOf('81a0'.repeat(100_000) + '00'))).toThrow('nested deeper');
  });

  test('refuses what contains itself', () => {
    const circle: { self?: unknown } = {};
    circle.self = [circle];
    expect(() => encodeValue(circle)).toThrow('contains itself');
  });

  test('survives a toJSON that encodes, and one that throws', () => {
    const value = ['before', new Encoding(), 'after', new Encoding()];
    expect(roundTrip(value)).toEqual(['before', 5009, 'after', 5009]);
    for (const successes of [0, 1]) {
      const failing = new Failing(successes);
      const encode = (): unknown => encodeValue([failing]);
      expect(encode).toThrow(InvalidPayloadError);
      expect(encode).toThrow('no JSON today');
    }
    expect(roundTrip('still works')).toBe('still works');
  });

  test('does not disturb others who use msgpackr in this process', () => {
    const theirs = pack({ a: 'theirs' });
    const copy = Buffer.from(theirs);
    for (let i = 0; i < 3; i++) {
      encodeValue('ours'.repeat(100));
      const between = pack(['between', i]);
      encodeValue('ours'.repeat(100));
      expect(decodeValue(between)).toEqual(['between', i]);
    }
    expect(theirs).toEqual(copy);
  });
});

describe('decoding', () => {
  test.each([
    ['nothing', ''],
    ['a string that ends early', 'a3ff'],
    ['an array of 2^32 - 1', 'ddffffffff'],
    ['a map of 2^32 - 1', 'dfffffffff'],
    ['a string of 2^32 - 1', 'dbffffffff'],
    ['a binary of 2^32 - 1', 'c6ffffffff'],
    ['an extension of 2^32 - 1', 'c9ffffffffff'],
    ['an array that nests its lie', 'dd00000004dd00000004dd00000004'],
    ['a length that ends early', 'dd00'],
    ['an 8-byte integer of 4', 'cf00000000'],
    ['a float of 2 bytes', 'cb0000'],
    ['a map without its value', '81a161'],
    ['more than one value', '0000'],
    ['the byte that MessagePack never uses', 'c1'],
    ['a record definition', 'd472409 1a161 01'.replaceAll(' ', '')],
    ['a Set extension', 'd4730093010203'],
    ['a RegExp extension', 'd4780092a178a0'],
    ['an Error extension', 'd4650092a178a0'],
    ['a typed array extension', 'c7027401ff'],
    ['a reference extension', 'd66900000001 90'.replaceAll(' ', '')],
    ['a bundled-strings extension', 'd66200000004'],
    ['a big-integer extension', 'd44205'],
    ['an unknown extension', 'd60500000000'],
    ['an undefined of two bytes', 'd5000000'],
    ['a timestamp of 5 bytes', 'c705ff0000000000'],
    ['a timestamp of 10^9 nanoseconds', 'd7ffee6b280000000000'],
    ['a timestamp beyond all dates', 'c70cff000000007fffffffffffffff'],
    ['a map keyed by null', '81c001'],
    ['a map keyed by a fraction', '81cb3ff800000000000001'],
    ['a map keyed by an array', '819001'],
    ['a map keyed by true', '81c301'],
  ])('refuses %s at once', (_, hex) => {
    expect(() => decodeValue(bytesOf(hex))).toThrow(MalformedPayloadError);
  });

  test.each([
    ['float 32', 'ca3fc00000', 1.5],
    ['int 8', 'd0ff', -1],
    ['int 16', 'd18000', -32_768],
    ['int 32', 'd280000000', -(2 ** 31)],
    ['int 64 in the safe range', 'd3fffffffffffffffe', -2],
    ['uint 64 beyond it', 'cf0020000000000000', 2n ** 53n],
    ['the lowest int 64', 'd38000000000000000', -(2n ** 63n)],
    ['str 8 of a short string', 'd90161', 'a'],
    ['str 32 of a short string', 'db0000000161', 'a'],
    ['array 32 of one', 'dd0000000105', [5]],
    ['map 32 of one', 'df00000001d9016105', { a: 5 }],
    ['map 16 with an integer key', 'de0001ff05', { '-1': 5 }],
    ['invalid UTF-8', 'a2c328', '\ufffd('],
    ['timestamp 32', 'd6ff00000001', new Date(1000)],
    ['timestamp 96', 'c70cff3b9ac9ffffffffffffffffff', new Date(-1)],
    ['undefined, whatever its byte', 'd400ff', undefined],
    ['the last of two equal keys', '82a16101a16102', { a: 2 }],
  ])('takes %s', (_, hex, value) => {
    expect(decodeValue(bytesOf(hex))).toStrictEqual(value);
  });

  test('an empty payload is undefined', () => {
    const frame = { kind: 1, bytes: bytesOf('0100'), headerStart: 2, headerEnd: 2, payloadEnd: 2 };
    expect(decodePayload(frame)).toBeUndefined();
  });
});
