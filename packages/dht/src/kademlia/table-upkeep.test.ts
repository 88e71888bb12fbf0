import { describe, expect, it } from '@jest/globals';
import { type Id, type Links, TimeoutError } from '@macula/core';
import { seededRandom, virtualClock } from '@macula/testkit';
import { contactOf, idOf } from '../../test/contacts.ts';
import type { Contact } from './contact.ts';
import type { Finder } from './finder.ts';
import { kademliaSettings } from './kademlia-options.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { RoutingTable } from './routing-table.ts';
import { TableUpkeep } from './table-upkeep.ts';

const self = idOf('00');
const settings = kademliaSettings({ k: 2, refreshMs: 80_000 });

/** The upkeep of a table of these contacts. Nobody in `dead` answers; `pings` and `lookups` tell what it has done. */
function upkeepOf(...contacts: readonly string[]) {
  const clock = virtualClock();
  const neighbourhood = new Neighbourhood(self, new RoutingTable(self, settings), settings);
  const dead = new Set<string>();
  const pings: string[] = [];
  const lookups: string[] = [];
  const requests = {
    signal: new AbortController().signal,
    ask: ({ id }: Contact) => {
      pings.push(id.key.slice(0, 2));
      if (!dead.has(id.key.slice(0, 2))) return Promise.resolve({ addresses: [] });
      neighbourhood.gone(id);
      return Promise.reject(new TimeoutError('the peer does not answer'));
    },
  } as unknown as PeerRequests;
  const lookedUp = new Map<number, number>();
  const finder = {
    lastLookup: (length: number) => lookedUp.get(length) ?? -Infinity,
    findNodes: (target: Id) => {
      const length = self.commonPrefixLength(target);
      lookups.push(length === 256 ? 'itself' : `bucket ${length}`);
      lookedUp.set(length, clock.now());
      return Promise.resolve({ closest: [], hops: 0, requests: 0 });
    },
  } as unknown as Finder;
  const links = { all: () => [], onLink: () => () => undefined } as unknown as Links;
  const random = seededRandom(1);
  const upkeep = new TableUpkeep(
    { links, clock, random, neighbourhood, requests, finder, ownAddresses: () => [] },
    settings,
    [],
  );
  upkeep.start();
  for (const digits of contacts) neighbourhood.seen(contactOf(digits));
  const known = (): string[] =>
    Array.from(neighbourhood.table, ({ id }) => id.key.slice(0, 2)).sort();
  return { clock, neighbourhood, upkeep, dead, pings, lookups, known };
}

describe('the upkeep of a routing table', () => {
  it('gives the place of one that does not answer any more to a newcomer', async () => {
    const { clock, neighbourhood, dead, pings, known } = upkeepOf('80', '90');
    dead.add('80');
    neighbourhood.seen(contactOf('a0'));
    await clock.advance(1);
    expect([pings, known()]).toEqual([['80'], ['90', 'a0']]);
  });

  it('leaves who answers in its place, however many newcomers wait', async () => {
    const { clock, neighbourhood, pings, known } = upkeepOf('80', '90');
    for (const digits of ['a0', 'b0', 'c0', 'd0']) {
      neighbourhood.seen(contactOf(digits));
      await clock.advance(1);
    }
    expect(known()).toEqual(['80', '90']);
    // Each once: after its answer it is not the one that was not seen for longest.
    expect(pings).toEqual(['80', '90']);
    await clock.advance(60_000);
    neighbourhood.seen(contactOf('a0'));
    expect(pings).toHaveLength(3);
  });

  it('looks itself up when it joins, and then in every bucket that has room', async () => {
    const { clock, upkeep, lookups } = upkeepOf('80', '90', '40', '20', '10');
    await clock.complete(upkeep.join());
    // The two nearest are in buckets 2 and 3: what lies beyond is known from looking itself up.
    expect(lookups).toEqual(['itself', 'bucket 1']);
  });

  it('refreshes every bucket, and its own surroundings, once in a while', async () => {
    const { clock, lookups } = upkeepOf('80', '90', '40', '20', '10');
    await clock.advance(settings.refreshMs * 1.2);
    expect([...new Set(lookups)].sort()).toEqual(['bucket 0', 'bucket 1', 'itself']);
    const before = lookups.filter((one) => one === 'bucket 0').length;
    await clock.advance(settings.refreshMs * 1.2);
    expect(lookups.filter((one) => one === 'bucket 0').length).toBeGreaterThan(before);
  });

  it('goes on trying those that it has lost', async () => {
    const { clock, neighbourhood, dead, known } = upkeepOf('80', '40');
    dead.add('80');
    neighbourhood.gone(idOf('80'));
    await clock.advance(60_000);
    expect(known()).toEqual(['40']);
    dead.clear();
    await clock.advance(20_000);
    expect(known()).toEqual(['40', '80']);
  });

  it('lets those go that have said goodbye', async () => {
    const { clock, neighbourhood, pings } = upkeepOf('80', '40');
    neighbourhood.left(idOf('80'));
    await clock.advance(60_000);
    expect(pings).toEqual([]);
  });
});
