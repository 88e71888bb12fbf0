import { describe, expect, test } from '@jest/globals';
import { encodeCanonical, InvalidPayloadError, maxPayloadDepth } from '../index.ts';

const hexOf = (value: unknown): string => Buffer.from(encodeCanonical(value)).toString('hex');

describe('canonical encoding', () => {
  test.each([
    [{ b: 1, a: 2 }, '82a16102a16201'],
    [{ aa: 1, B: 2, a: 3 }, '83a14202a16103a2616101'],
    [5n, '05'],
    [-5n, 'fb'],
    [2 ** 32, 'cf0000000100000000'],
    [2n ** 32n, 'cf0000000100000000'],
    [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
    [2n ** 64n - 1n, 'cfffffffffffffffff'],
    [1.5, 'cb3ff8000000000000'],
    [-0, '00'],
    [undefined, 'c0'],
    [{ x: undefined }, '81a178c0'],
    [
      new Map<unknown, unknown>([
        ['b', 1],
        [1, 2],
      ]),
      '82a13102a16201',
    ],
    [Uint8Array.of(1, 2), 'c4020102'],
    [new Date(1000), 'd6ff00000001'],
    [new URL('https://a.b/'), 'ac68747470733a2f2f612e622f'],
  ])('of %p is %s', (value, hex) => {
    expect(hexOf(value)).toBe(hex);
  });

  test('refuses what any encoding refuses', () => {
    expect(() => encodeCanonical([new Set()])).toThrow(InvalidPayloadError);
    expect(() => encodeCanonical(2n ** 64n)).toThrow(InvalidPayloadError);
  });

  test('takes what is as deep as a payload may be', () => {
    let value: unknown = 1;
    for (let i = 0; i < maxPayloadDepth; i++) value = [value];
    expect(encodeCanonical(value)).toHaveLength(maxPayloadDepth + 1);
    expect(() => encodeCanonical([value])).toThrow(InvalidPayloadError);
  });

  test.each([
    ['lone \ud800'],
    [['deep \udfff']],
    [{ 'key \ud800': 1 }],
    [new Map([['key \ud800', 1]])],
  ])('refuses %p, whose lone surrogate UTF-8 cannot carry', (value) => {
    expect(() => encodeCanonical(value)).toThrow(InvalidPayloadError);
  });
});
