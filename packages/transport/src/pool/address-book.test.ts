import { describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import { AddressBook } from './address-book.ts';

const peer = (n: number) => NodeId.fromBytes(new Uint8Array(32).fill(n));
const at = (n: number) => ({ host: `192.0.2.${n}`, port: 4433 });

describe('an address book', () => {
  it('replaces what it learned, and knows nothing of others', () => {
    const book = new AddressBook(virtualClock(), 10);
    book.learn(peer(1), [at(1), at(2)]);
    book.learn(peer(1), [at(3)]);
    expect(book.addressesOf(peer(1))).toEqual([at(3)]);
    expect(book.addressesOf(peer(2))).toEqual([]);
    expect(book.size).toBe(1);
  });

  it('puts what worked or is preferred first, and what a peer says of itself last', () => {
    const book = new AddressBook(virtualClock(), 10);
    book.learn(peer(1), [at(1), at(2)]);
    book.suggest(peer(1), [at(3), at(1)]);
    book.reached(peer(1), at(2), 'quic');
    expect(book.addressesOf(peer(1))).toEqual([at(2), at(1), at(3)]);
    book.prefer(peer(1), at(9));
    expect(book.addressesOf(peer(1))[0]).toEqual(at(9));
  });

  it('keeps sixteen addresses of a peer', () => {
    const book = new AddressBook(virtualClock(), 10);
    book.learn(
      peer(1),
      Array.from({ length: 40 }, (_, n) => at(n)),
    );
    expect(book.addressesOf(peer(1))).toHaveLength(16);
  });

  it('forgets the peer that was not used for longest', () => {
    const book = new AddressBook(virtualClock(), 2);
    book.learn(peer(1), [at(1)]);
    book.learn(peer(2), [at(2)]);
    book.addressesOf(peer(1));
    book.learn(peer(3), [at(3)]);
    expect([1, 2, 3].map((n) => book.addressesOf(peer(n)).length)).toEqual([1, 0, 1]);
  });

  it('remembers for ten minutes which protocol worked', async () => {
    const clock = virtualClock();
    const book = new AddressBook(clock, 2);
    book.reached(peer(1), at(1), 'tcp');
    await clock.advance(599_000);
    expect(book.protocolFor(peer(1))).toBe('tcp');
    await clock.advance(2_000);
    expect(book.protocolFor(peer(1))).toBe('quic');
    expect(book.protocolFor(peer(2))).toBe('quic');
  });
});
