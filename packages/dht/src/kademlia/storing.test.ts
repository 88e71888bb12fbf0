import { beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, TimeoutError } from '@macula/core';
import { type VirtualClock, virtualClock } from '@macula/testkit';
import { contactAt } from '../../test/contacts.ts';
import { testSigner } from '../../test/test-signer.ts';
import type { Contact } from './contact.ts';
import type { Finder } from './finder.ts';
import { kademliaSettings } from './kademlia-options.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { signRecord } from './record.ts';
import { RoutingTable } from './routing-table.ts';
import { Storing } from './storing.ts';
import { sortByDistance } from './xor-order.ts';

const key = DirectoryKey.of('test', 'key');
const settings = kademliaSettings({ k: 4 });
const all = sortByDistance(
  Array.from({ length: 20 }, (_, at) => contactAt(at)),
  key,
);
const records = [
  signRecord(testSigner('announcer'), {
    ...{ key, id: '1', sequence: 1, expiresAt: 1_000_000, withdrawn: false },
    value: Uint8Array.of(1),
  }),
];
let clock: VirtualClock;
let around: Neighbourhood;
let storing: Storing;
/** What nodes do other than to take it; who was asked; over how many paths replicas were looked for. */
let odd: Map<Contact, 'refuses' | 'silent'>;
let asked: Contact[];
let lookups: number[];

/** A node among others: it is the one at `position` of those nearest to the key. */
function nodeAt(position: number, others = all.length - 1): void {
  clock = virtualClock();
  odd = new Map();
  asked = [];
  lookups = [];
  const self = all[position] as Contact;
  const peers = all.filter((contact) => contact !== self).slice(0, others);
  around = new Neighbourhood(self.id, new RoutingTable(self.id, settings), settings);
  for (const contact of peers) around.seen(contact);
  const requests = {
    ask: (contact: Contact) => {
      asked.push(contact);
      if (odd.get(contact) === 'silent') return Promise.reject(new TimeoutError('no answer'));
      return Promise.resolve({ taken: 1, refused: odd.get(contact) === 'refuses' ? 1 : 0 });
    },
  } as unknown as PeerRequests;
  const finder = {
    findNodes: (_target: unknown, { paths }: { paths: number }) => {
      lookups.push(paths);
      return Promise.resolve({ closest: peers.slice(0, settings.k), hops: 1, requests: 1 });
    },
  } as unknown as Finder;
  const deps = { clock, neighbourhood: around, finder, requests, ownAddresses: () => [] };
  storing = new Storing(deps, settings);
}

beforeEach(() => nodeAt(9));

describe('storing', () => {
  it('counts the replicas that hold it', async () => {
    expect(await storing.store(key, records, 1)).toEqual({ confirmed: 4, responsible: 4 });
    expect(asked).toEqual(all.slice(0, 4));
  });

  it('counts this node as one of k when it is near enough', async () => {
    nodeAt(1);
    expect(await storing.store(key, records, 1)).toEqual({ confirmed: 4, responsible: 4 });
    expect(asked).toEqual([all[0], all[2], all[3]]);
  });

  it('does not count those that refuse, nor those that are silent', async () => {
    odd.set(all[0] as Contact, 'refuses');
    odd.set(all[3] as Contact, 'silent');
    expect(await storing.store(key, records, 1)).toEqual({ confirmed: 2, responsible: 4 });
  });

  it('remembers the replicas of a key for a minute', async () => {
    for (let i = 0; i < 3; i++) await storing.store(key, records, 1);
    expect(lookups).toEqual([1]);
    await clock.advance(60_000);
    await storing.store(key, records, 1);
    expect(lookups).toEqual([1, 1]);
  });

  it('looks for them again when one did not confirm, or somebody has come or gone', async () => {
    odd.set(all[0] as Contact, 'refuses');
    await storing.store(key, records, 1);
    odd.clear();
    await storing.store(key, records, 1);
    expect(lookups).toHaveLength(2);
    const [neighbour] = around.table.closest(around.self, 1) as [Contact];
    around.gone(neighbour.id);
    await storing.store(key, records, 1);
    expect(lookups).toHaveLength(3);
    around.seen(neighbour);
    await storing.store(key, records, 1);
    expect(lookups).toHaveLength(4);
  });

  it('over disjoint paths believes nothing that one path has found', async () => {
    await storing.store(key, records, 1);
    await storing.store(key, records, 3);
    expect(lookups).toEqual([1, 3]);
  });

  it('in a small mesh goes to everybody, without looking for them, with everything at once', async () => {
    nodeAt(9, 2);
    expect(await storing.store(key, records, 1)).toEqual({ confirmed: 3, responsible: 3 });
    expect(lookups).toEqual([]);
    const keys = [key, DirectoryKey.of('test', 'other')];
    expect(storing.grouped(keys, (one) => one)).toEqual([keys]);
    nodeAt(9);
    expect(storing.grouped([...keys, key], (one) => one)).toEqual([[key, key], [keys[1]]]);
  });
});
