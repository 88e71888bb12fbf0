import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DirectoryKey, InvalidArgumentError, NodeId } from './index.ts';

const ids = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => NodeId.fromBytes(bytes));

/** An ID that is zero but for the bytes given by position. */
function idWith(bytes: Record<number, number>): NodeId {
  return NodeId.fromBytes(Uint8Array.from({ length: 32 }, (_, i) => bytes[i] ?? 0));
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

describe('an ID', () => {
  test('reads back from its text, in either case of letters', () => {
    const id = idWith({ 0: 0xab, 31: 0x01 });
    expect(id.toString()).toBe(`ab${'00'.repeat(30)}01`);
    expect(NodeId.parse(id.key.toUpperCase()).equals(id)).toBe(true);
    expect(JSON.stringify({ id })).toBe(`{"id":"${id.key}"}`);
  });

  test('does not change with the bytes it was made from', () => {
    const bytes = new Uint8Array(32);
    const id = NodeId.fromBytes(bytes);
    bytes[0] = 1;
    expect(id.bytes[0]).toBe(0);
  });

  test.each([0, 31, 33])('refuses %i bytes', (length) => {
    expect(() => NodeId.fromBytes(new Uint8Array(length))).toThrow(
      `NodeId needs 32 bytes, got ${length}`,
    );
  });

  test.each(['', 'ab', 'g'.repeat(64), '0'.repeat(65), ` ${'0'.repeat(63)}`])(
    'refuses the text %j',
    (text) => {
      expect(() => NodeId.parse(text)).toThrow(InvalidArgumentError);
      expect(() => DirectoryKey.parse(text)).toThrow('DirectoryKey must be 64 hex digits');
    },
  );

  test.each([
    [{}, 256],
    [{ 0: 0x80 }, 0],
    [{ 0: 0x01 }, 7],
    [{ 1: 0x40 }, 9],
    [{ 31: 0x01 }, 255],
  ])('differing by %j shares %i leading bits with zero', (bytes, shared) => {
    expect(idWith(bytes).commonPrefixLength(idWith({}))).toBe(shared);
  });

  test('orders, measures and compares as 256-bit numbers do', () => {
    fc.assert(
      fc.property(ids, ids, ids, (a, b, c) => {
        const [x, y, z] = [number(a.bytes), number(b.bytes), number(c.bytes)];
        expect(Math.sign(a.compare(b))).toBe(x < y ? -1 : x > y ? 1 : 0);
        expect(number(a.distance(b))).toBe(x ^ y);
        const [fromB, fromC] = [x ^ y, x ^ z];
        expect(Math.sign(a.compareDistance(b, c))).toBe(fromB < fromC ? -1 : fromB > fromC ? 1 : 0);
        expect(a.commonPrefixLength(b)).toBe(256 - (x === y ? 0 : (x ^ y).toString(2).length));
        expect(a.equals(b)).toBe(x === y);
      }),
    );
  });

  test('is as far from itself as nothing', () => {
    const id = idWith({ 5: 5 });
    expect(number(id.distance(id))).toBe(0n);
    expect(id.compare(id)).toBe(0);
    expect(id.compareDistance(id, id)).toBe(0);
  });
});

describe('a directory key', () => {
  test('depends on where its parts end', () => {
    expect(DirectoryKey.of('ab', 'c').key).not.toBe(DirectoryKey.of('a', 'bc').key);
    expect(DirectoryKey.of('a').key).not.toBe(DirectoryKey.of('a', '').key);
    expect(DirectoryKey.of('a', 'é').key).toBe(DirectoryKey.of('a', 'é').key);
  });

  test('is SHA-256 over length and text of each part', () => {
    // printf '\0\0\0\1a' | sha256sum
    expect(DirectoryKey.of('a').key).toBe(
      '72ff6b02949dad95006c343e3db3150090d3afb49f6bbdb92fdc17607997a85c',
    );
    expect(DirectoryKey.fromBytes(DirectoryKey.of('a').bytes).key).toBe(DirectoryKey.of('a').key);
    expect(DirectoryKey.parse(DirectoryKey.of('a').key).equals(DirectoryKey.of('a'))).toBe(true);
  });
});
