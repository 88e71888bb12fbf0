import { expect, test } from '@jest/globals';
import { seededRandom } from '@macula/testkit';
import {
  connectionIdKey,
  connectionIdLength,
  destinationIdKey,
  freshConnectionId,
  isMarked,
  markedConnectionId,
} from './connection-id.ts';

test('the mark is two bytes at the start of twenty', () => {
  const id = markedConnectionId(seededRandom(1));
  expect([...id.subarray(0, 2)]).toEqual([0x6d, 0x63]);
  expect(id).toHaveLength(connectionIdLength);
  expect(isMarked(id)).toBe(true);
  expect(isMarked(id.subarray(0, 19))).toBe(false);
  expect(isMarked(Buffer.from([0x6d, 0x64, ...id.subarray(2)]))).toBe(false);
  expect(isMarked(Buffer.alloc(0))).toBe(false);
});

test('keys tell all IDs apart, bytes above 127 included', () => {
  const random = seededRandom(2);
  const ids = Array.from({ length: 500 }, () => freshConnectionId(random));
  const keys = new Set(
    ids.map((id) => connectionIdKey(Buffer.concat([Buffer.of(0x40), id]), 1, 21)),
  );
  expect(keys.size).toBe(500);
  expect(connectionIdKey(ids[0] as Buffer, 0, 20)).toHaveLength(20);
});

test('the key of a long header is that of the destination it names, however long', () => {
  const id = freshConnectionId(seededRandom(3));
  const key = (length: number): string =>
    destinationIdKey(Buffer.concat([Buffer.of(0xc0, 0, 0, 0, 1, length), id, Buffer.alloc(30, 9)]));
  expect(key(20)).toBe(connectionIdKey(id, 0, 20));
  expect(key(8)).toBe(connectionIdKey(id, 0, 8));
  expect(key(0)).toBe('');
  // Cut off before the ID, or within it: the key of nothing that is there.
  expect(destinationIdKey(Buffer.of(0xc0, 0, 0))).toBe('');
  expect(destinationIdKey(Buffer.of(0xc0, 0, 0, 0, 1, 20, 1, 2))).toHaveLength(2);
});
