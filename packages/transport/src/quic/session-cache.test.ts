import { expect, test } from '@jest/globals';
import { SessionCache } from './session-cache.ts';

test('a ticket is given out once', () => {
  const sessions = new SessionCache(2);
  sessions.put('a', Uint8Array.of(1));
  expect(sessions.take('a')).toEqual(Uint8Array.of(1));
  expect(sessions.take('a')).toBeUndefined();
});

test('the newest ticket of a peer counts, and the longest unused goes first', () => {
  const sessions = new SessionCache(2);
  sessions.put('a', Uint8Array.of(1));
  sessions.put('b', Uint8Array.of(2));
  sessions.put('a', Uint8Array.of(3));
  sessions.put('c', Uint8Array.of(4));
  expect(sessions.size).toBe(2);
  expect(sessions.take('b')).toBeUndefined();
  expect(sessions.take('a')).toEqual(Uint8Array.of(3));
  expect(sessions.take('c')).toEqual(Uint8Array.of(4));
});
