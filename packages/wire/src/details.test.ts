import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { decodeDetails, encodeDetails, encodeValue, InvalidPayloadError } from './index.ts';
import { maxDetailsLength, noDetails } from './details.ts';

describe('details', () => {
  it.each([
    [{}],
    [{ publication: 2 ** 53 - 1, publisher_authrole: 'home', lists: [[1, 2], { a: null }] }],
    [{ bytes: new Uint8Array([1, 2, 3]), flag: false }],
  ])('come back as they were: %j', (details) => {
    expect(decodeDetails(encodeDetails(details))).toEqual(details);
  });

  it('are kept when the bytes they came in are used again', () => {
    const bytes = encodeDetails({ bytes: new Uint8Array([1, 2, 3]), text: 'kept' });
    const details = decodeDetails(bytes);
    bytes.fill(0);
    expect(details).toEqual({ bytes: new Uint8Array([1, 2, 3]), text: 'kept' });
  });

  it('may be as long as the limit and no longer', () => {
    const overhead = encodeDetails({ text: 'x'.repeat(1_000) }).length - 1_000;
    const longest = 'x'.repeat(maxDetailsLength - overhead);
    const bytes = encodeDetails({ text: longest });
    expect(bytes).toHaveLength(maxDetailsLength);
    expect(decodeDetails(bytes)).toEqual({ text: longest });
    expect(() => encodeDetails({ text: `${longest}x` })).toThrow(InvalidArgumentError);
  });

  it('that cannot be encoded are refused', () => {
    expect(() => encodeDetails({ callback: () => undefined })).toThrow(InvalidPayloadError);
  });

  it('of a peer that are longer than allowed are nobody’s', () => {
    expect(decodeDetails(encodeValue({ text: 'x'.repeat(maxDetailsLength) }))).toBeUndefined();
  });

  it.each([
    ['nothing', noDetails],
    ['a list', encodeValue([1, 2])],
    ['a text', encodeValue('details')],
    ['null', encodeValue(null)],
    ['a date', encodeValue(new Date(0))],
    ['a map that ends too early', encodeDetails({ a: 1, b: 2 }).subarray(0, 4)],
    ['a map with something behind it', Uint8Array.of(...encodeDetails({ a: 1 }), 0)],
    ['a byte that MessagePack never uses', Uint8Array.of(0xc1)],
  ])('of a peer that are %s are none', (_, bytes) => {
    expect(decodeDetails(bytes)).toBeUndefined();
  });

  it('of a peer cannot change what objects are', () => {
    const forged = Buffer.from('\x81\xa9__proto__\x81\xa5admin\xc3', 'latin1');
    const details = decodeDetails(forged);
    expect((details as { admin?: unknown } | undefined)?.admin).toBeUndefined();
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});
