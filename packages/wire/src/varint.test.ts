import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MalformedFrameError, readVarint, varintLength, writeVarint } from './index.ts';

function encode(value: number): Uint8Array {
  const bytes = new Uint8Array(12);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}

function decode(bytes: readonly number[] | Uint8Array): { value: number; offset: number } {
  const cursor = { offset: 0 };
  const value = readVarint(Uint8Array.from(bytes), cursor, bytes.length);
  return { value, offset: cursor.offset };
}

describe('a varint', () => {
  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [16_383, 'ff7f'],
    [2 ** 31, '8080808008'],
    [2 ** 32 - 1, 'ffffffff0f'],
    [2 ** 35, '808080808001'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ])('%i is %s', (value, hex) => {
    expect(Buffer.from(encode(value)).toString('hex')).toBe(hex);
    expect(varintLength(value)).toBe(hex.length / 2);
    expect(decode(encode(value))).toEqual({ value, offset: hex.length / 2 });
  });

  test('reads back what was written, wherever it stands', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(5), (value, before) => {
        const bytes = new Uint8Array(20);
        const end = writeVarint(bytes, before, value);
        expect(end - before).toBe(varintLength(value));
        const cursor = { offset: before };
        expect(readVarint(bytes, cursor, bytes.length)).toBe(value);
        expect(cursor.offset).toBe(end);
      }),
    );
  });

  test('is -1 while incomplete, and the cursor stays', () => {
    expect(decode([])).toEqual({ value: -1, offset: 0 });
    expect(decode([0x80])).toEqual({ value: -1, offset: 0 });
    expect(decode(Array<number>(9).fill(0x80))).toEqual({ value: -1, offset: 0 });
  });

  test('may be longer than necessary, up to ten bytes', () => {
    expect(decode([0x81, 0x80, 0x00])).toEqual({ value: 1, offset: 3 });
    expect(decode([...Array<number>(9).fill(0x80), 0x00])).toEqual({ value: 0, offset: 10 });
  });

  test.each([
    ['eleven bytes', [...Array<number>(10).fill(0x80), 0x00]],
    ['ten bytes that go on', Array<number>(10).fill(0x80)],
    ['2^53', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['2^64 - 1', [...Array<number>(9).fill(0xff), 0x01]],
  ])('of %s is malformed', (_, bytes) => {
    expect(() => decode(bytes)).toThrow(MalformedFrameError);
  });
});
