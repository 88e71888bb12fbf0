import { describe, expect, it } from '@jest/globals';
import { nodeId, statement } from '../../test/statements.ts';
import { encodeRumour } from './rumour.ts';
import { RumourQueue } from './rumour-queue.ts';

const word = (text: string, length = 10): Uint8Array =>
  Uint8Array.from(Buffer.from(text.padEnd(length)));
const texts = (taken: Uint8Array[]): string[] => taken.map((b) => Buffer.from(b).toString().trim());

describe('the queue of rumours', () => {
  it('tells each rumour as often as the limit says, then no more', () => {
    const queue = new RumourQueue(10);
    queue.put('a', word('a'));
    const told = [1, 2, 3, 4].map(() => texts(queue.take(1_000, 3, 'peer')).join());
    expect(told).toEqual(['a', 'a', 'a', '']);
    expect(queue.size).toBe(0);
  });

  it('tells first what was told least often', () => {
    const queue = new RumourQueue(10);
    queue.put('old', word('old'));
    queue.take(1_000, 9, 'peer');
    queue.put('new', word('new'));
    expect(texts(queue.take(20, 9, 'peer'))).toEqual(['new']);
    expect(texts(queue.take(1_000, 9, 'peer'))).toEqual(['old', 'new']);
  });

  it('tells a peer first what it was not told yet', () => {
    const queue = new RumourQueue(10);
    for (const key of 'abc') queue.put(key, word(key));
    expect(texts(queue.take(20, 9, 'ann'))).toEqual(['a']);
    expect(texts(queue.take(20, 9, 'ann'))).toEqual(['b']);
    expect(texts(queue.take(20, 9, 'ann'))).toEqual(['c']);
    expect(texts(queue.take(20, 9, 'ann'))).toEqual(['a']);
    expect(texts(queue.take(1_000, 9, 'bob'))).toEqual(['b', 'c', 'a']);
    expect(queue.bytes).toBe(30);
  });

  it('tells nobody what he has told himself', () => {
    const queue = new RumourQueue(10);
    queue.put('a', word('a'), 'ann');
    const peers = ['ann', 'bob', 'ann', 'cid', 'dan'];
    const told = peers.map((peer) => texts(queue.take(1_000, 3, peer)).join());
    expect(told).toEqual(['', 'a', '', 'a', 'a']);
    expect(queue.size).toBe(0);
  });

  it('tells the member that a rumour is about beside all others', () => {
    const queue = new RumourQueue(10);
    queue.put('a', word('a'), 'ann');
    const peers = ['a', 'bob', 'a', 'cid', 'dan'];
    const told = peers.map((peer) => texts(queue.take(1_000, 3, peer)).join());
    expect(told).toEqual(['a', 'a', 'a', 'a', 'a']);
    expect(queue.size).toBe(0);
  });

  it('does not keep for ever what nobody else is there to hear', () => {
    const queue = new RumourQueue(10);
    queue.put('a', word('a'), 'ann');
    const told = ['ann', 'a', 'ann', 'a'].map((peer) => texts(queue.take(1_000, 3, peer)).join());
    expect(told).toEqual(['', 'a', '', '']);
    expect([queue.size, queue.bytes]).toEqual([0, 0]);
  });

  it('keeps the newest word about a member only, and tells it as new', () => {
    const queue = new RumourQueue(10);
    queue.put('a', word('suspect'));
    queue.take(1_000, 2, 'peer');
    queue.put('a', word('alive'));
    expect(queue.size).toBe(1);
    expect(texts(queue.take(1_000, 2, 'peer'))).toEqual(['alive']);
    expect(texts(queue.take(1_000, 2, 'peer'))).toEqual(['alive']);
  });

  it('fills a budget with smaller ones where a large one does not fit, but lets a large one go alone', () => {
    const queue = new RumourQueue(10);
    queue.put('a', word('a'));
    queue.put('large', word('large', 500));
    queue.put('b', word('b'));
    expect(texts(queue.take(40, 9, 'peer'))).toEqual(['a', 'b']);
    expect(texts(queue.take(40, 9, 'peer'))).toEqual(['large']);
  });

  it('never holds more than its capacity: what was told most often goes', () => {
    const queue = new RumourQueue(3);
    for (const key of 'ab') queue.put(key, word(key));
    queue.take(1_000, 9, 'peer');
    for (const key of 'cd') queue.put(key, word(key));
    expect(queue.size).toBe(3);
    expect(texts(queue.take(1_000, 9, 'peer')).sort()).toEqual(['b', 'c', 'd']);
    queue.clear();
    expect(queue.take(1_000, 9, 'peer')).toEqual([]);
  });

  it('knows a rumour again while it passes it on, and only this one', () => {
    const queue = new RumourQueue(3);
    const alive = encodeRumour({ ...statement(1), status: 'alive' });
    const later = encodeRumour({ ...statement(1, 2n), status: 'alive' });
    queue.put(nodeId(1).key, alive);
    expect([alive, later, word('a'), word('b', 99)].map((each) => queue.holds(each))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    queue.take(1_000, 1, 'peer');
    expect(queue.holds(alive)).toBe(false);
  });

  it('tells a peer last what the peer itself tells meanwhile', () => {
    const queue = new RumourQueue(3);
    const [one, other] = [1, 2].map((n) => encodeRumour({ ...statement(n), status: 'alive' }));
    queue.put(nodeId(1).key, one as Uint8Array);
    queue.put(nodeId(2).key, other as Uint8Array);
    expect(queue.holds(one as Uint8Array, 'ann')).toBe(true);
    expect(queue.take(20, 9, 'ann')).toEqual([other]);
    expect(queue.take(20, 9, 'bob')).toEqual([one]);
  });
});
