import { describe, expect, it } from '@jest/globals';
import type { FrameView } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import fc from 'fast-check';
import { counter, keyOf, otherSide, ownSide, shown, value } from '../test/entry-fixtures.ts';
import { NarrowLink } from '../test/narrow-link.ts';
import { readEntries } from './directory-frames.ts';
import { EntryFeed } from './entry-feed.ts';
import type { OwnChange } from './own-entries.ts';
import { PageMaker } from './page-maker.ts';

function pair(room: number, maxWithdrawals: number, maxRecords?: number) {
  const { own, store } = ownSide({ maxWithdrawals });
  const other = otherSide();
  const clock = virtualClock();
  let link = new NarrowLink(room);
  const connect = () =>
    new EntryFeed({
      link: link.asLink,
      own,
      pages: new PageMaker(own, maxRecords),
      clock,
      framesSent: counter,
      recordsSent: counter,
    });
  let feed = connect();
  feed.digested(other.replica.held);
  const receive = (frame: FrameView): void => {
    if (other.replica.apply(readEntries(frame)) === 'gap') feed.follow(other.replica.held);
  };
  return {
    own,
    store,
    other,
    get feed() {
      return feed;
    },
    deliver: (most?: number) => {
      link.deliver(receive, most);
    },
    reconnect: () => {
      feed.stop();
      link.lose();
      link = new NarrowLink(room);
      feed = connect();
      feed.digested(other.replica.held);
    },
    get link() {
      return link;
    },
  };
}

// Weighted so that followers often fall behind by more withdrawals than are kept, and listings are interrupted.
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('add' as const), key: fc.nat(5), text: fc.nat(9) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('update' as const), which: fc.nat(9), text: fc.nat(9) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('withdraw' as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), most: fc.constantFrom(1, 1, 9) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reconnect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('new epoch' as const) }) },
);

describe('EntryFeed and Replica', () => {
  it('agree after any history of changes, losses and jams, and tell watchers each change once', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 30, maxLength: 120, size: 'max' }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, room, maxWithdrawals, maxRecords) => {
          const sides = pair(room, maxWithdrawals, maxRecords);
          const { own, other } = sides;
          const announced: OwnChange[] = [];
          const believed = new Map<string, string>();
          for (let key = 0; key <= 5; key++) {
            other.store.watch(keyOf(key), ({ type, entry }) => {
              const text = new TextDecoder().decode(entry.value);
              const known = believed.get(entry.id);
              if (type === 'added') expect(known).toBeUndefined();
              else expect(known).toBeDefined();
              if (type === 'updated') expect(known).not.toBe(text);
              if (type === 'removed') believed.delete(entry.id);
              else believed.set(entry.id, text);
            });
          }
          for (const action of steps) {
            if (action.do === 'add') announced.push(own.add(keyOf(action.key), value(action.text)));
            if (action.do === 'flush') sides.feed.pump();
            if (action.do === 'deliver') sides.deliver(action.most);
            if (action.do === 'reconnect') sides.reconnect();
            if (action.do === 'new epoch') own.beginEpoch(own.epoch + 1);
            if (action.do === 'update' || action.do === 'withdraw') {
              const living = announced.filter(({ entry }) => entry !== undefined);
              const change = living[action.which % Math.max(1, living.length)];
              if (change === undefined) continue;
              if (action.do === 'update') own.update(change, value(action.text));
              else own.withdraw(change);
            }
          }
          sides.feed.pump();
          for (let i = 0; i < 200; i++) sides.deliver();
          const all = (store: typeof other.store): string[] =>
            [0, 1, 2, 3, 4, 5].flatMap((key) => shown(store.lookup(keyOf(key))));
          expect(all(other.store)).toEqual(all(sides.store));
          expect(believed.size).toBe(other.store.size);
          expect(other.replica.held).toEqual({ epoch: own.epoch, version: own.version });
          expect(sides.link.waitingListeners).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('EntryFeed', () => {
  it('sends an update storm of one turn as one record', () => {
    const sides = pair(100, 10);
    const change = sides.own.add(keyOf(1), value(0));
    for (let i = 1; i <= 10_000; i++) sides.own.update(change, value(i));
    const before = sides.link.taken;
    sides.feed.pump();
    expect(sides.link.taken - before).toBe(1);
    sides.deliver();
    expect(shown(sides.other.store.lookup(keyOf(1)))[0]).toContain('=10000');
  });

  it('pages 10,000 entries into frames of 64 KiB', () => {
    const sides = pair(10_000, 10);
    for (let i = 0; i < 10_000; i++) sides.own.add(keyOf(i % 500), value(`value ${i}`));
    sides.feed.pump();
    expect(sides.link.taken).toBeLessThanOrEqual(12);
    sides.deliver();
    expect(sides.other.store.size).toBe(10_000);
  });
});
