import { expect, test } from '@jest/globals';
import { seededRandom } from '@macula/testkit';
import {
  connectionIdKey,
  connectionIdLength,
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
