import { beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, noMetrics, silentLogger } from '@macula/core';
import { type VirtualClock, virtualClock } from '@macula/testkit';
import { contactAt, idOf } from '../../test/contacts.ts';
import { testSigner, testVerifier } from '../../test/test-signer.ts';
import type { Finder } from './finder.ts';
import { kademliaMetrics } from './kademlia-metrics.ts';
import { kademliaSettings } from './kademlia-options.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { NotificationRelay } from './notification-relay.ts';
import { ObservedKeys } from './observed-keys.ts';
import type { PeerRequests } from './peer-requests.ts';
import { type SignedRecord, signRecord } from './record.ts';
import { RecordStore } from './record-store.ts';
import { RoutingTable } from './routing-table.ts';

const settings = kademliaSettings({ maxCachedKeys: 2, cacheMs: 10_000 });
const [a, b, c] = ['a', 'b', 'c'].map((name) => DirectoryKey.of('test', name)) as [
  DirectoryKey,
  DirectoryKey,
  DirectoryKey,
];
const announcer = testSigner('announcer');
let clock: VirtualClock;
let replica: RecordStore;
let observed: RecordStore;
let keys: ObservedKeys;
let around: Neighbourhood;
/** What the mesh holds. */
let mesh: SignedRecord[];
/** Whether this node holds everything itself; otherwise some replica gives it leases. */
let local: boolean;

beforeEach(() => {
  clock = virtualClock();
  mesh = [];
  local = true;
  const deps = { clock, verify: testVerifier, isGone: () => false, logger: silentLogger };
  replica = new RecordStore(deps, settings);
  observed = new RecordStore(deps, settings);
  const none = (): number => 0;
  const sizes = { contacts: none, buckets: none, records: none, watchedKeys: none, leases: none };
  const self = idOf('00');
  around = new Neighbourhood(self, new RoutingTable(self, settings), settings);
  const requests = {
    ask: () => Promise.resolve({ leaseMs: settings.leaseMs, digest: observed.digest(a) }),
  } as unknown as PeerRequests;
  const finder = {
    findValue: (key: DirectoryKey, into: RecordStore) => {
      for (const record of mesh) if (record.key.equals(key)) into.merge(record);
      return Promise.resolve({ closest: [], hops: 1, requests: 1 });
    },
  } as unknown as Finder;
  keys = new ObservedKeys(
    {
      clock,
      finder,
      replica,
      observed,
      requests,
      neighbourhood: around,
      metrics: kademliaMetrics(noMetrics, sizes),
      relay: { stop: () => undefined } as NotificationRelay,
      ownAddresses: () => [],
      isLocal: () => local,
    },
    settings,
  );
});

function record(key: DirectoryKey, text: string): SignedRecord {
  return signRecord(announcer, {
    ...{ key, id: text, sequence: 1, withdrawn: false },
    expiresAt: clock.wallTime() + 100_000,
    value: Buffer.from(text),
  });
}

function texts(entries: Iterable<{ value: Uint8Array }> | undefined): string[] | undefined {
  return entries && Array.from(entries, ({ value }) => Buffer.from(value).toString()).sort();
}

/** What is answered from the cache. */
function fresh(key: DirectoryKey): string[] | undefined {
  return texts(keys.fresh(key));
}

describe('what a node has looked up', () => {
  it('is known for a while', async () => {
    mesh = [record(a, '1')];
    expect(fresh(a)).toBeUndefined();
    expect(texts(await keys.fetch(a, 1))).toEqual(['1']);
    expect(fresh(a)).toEqual(['1']);
    await clock.advance(9_999);
    expect(fresh(a)).toEqual(['1']);
    await clock.advance(1);
    expect(fresh(a)).toBeUndefined();
  });

  it('is not known where nobody had announced anything', async () => {
    expect(await keys.fetch(a, 1)).toEqual([]);
    expect(fresh(a)).toBeUndefined();
  });

  it('is forgotten when there is more, the longest unused first', async () => {
    mesh = [record(a, '1'), record(b, '2'), record(c, '3')];
    for (const key of [a, b]) await keys.fetch(key, 1);
    expect(fresh(a)).toEqual(['1']);
    await keys.fetch(c, 1);
    expect([fresh(a), fresh(b), fresh(c)]).toEqual([['1'], undefined, ['3']]);
    expect(observed.size).toBe(2);
  });

  it('is not known any more of a node that is distrusted', async () => {
    mesh = [record(a, '1')];
    await keys.fetch(a, 1);
    keys.distrust(testSigner('somebody else').nodeId);
    expect(fresh(a)).toEqual(['1']);
    keys.distrust(announcer.nodeId);
    expect(fresh(a)).toBeUndefined();
  });
});

describe('what a node watches', () => {
  it('is kept, however much else is looked up, until nobody watches it', async () => {
    mesh = [a, b, c].map((key) => record(key, 'x'));
    const watches = [keys.watch(a, () => undefined), keys.watch(a, () => undefined)];
    for (const key of [a, b, c]) await keys.fetch(key, 1);
    expect(keys.watchedKeys).toBe(1);
    expect([fresh(a), fresh(b), fresh(c)]).toEqual([['x'], ['x'], ['x']]);
    for (const watch of watches) watch.close();
    for (const watch of watches) watch.close();
    expect(keys.watchedKeys).toBe(0);
    expect([a, b, c].filter((key) => fresh(key) !== undefined)).toHaveLength(2);
    expect(observed.size).toBe(2);
  });

  it('shows what this node holds as a replica, at once and later', () => {
    replica.merge(record(a, 'before'));
    const seen: string[] = [];
    const watch = keys.watch(a, ({ entry }) => seen.push(...(texts([entry]) ?? [])));
    replica.merge(record(a, 'later'));
    replica.merge(record(b, 'of no interest'));
    expect([texts(watch.entries), seen]).toEqual([['before', 'later'], ['later']]);
    expect(observed.size).toBe(2);
  });

  it('takes notifications, and nothing of other keys', async () => {
    mesh = [record(b, 'looked up')];
    await keys.fetch(b, 1);
    const watch = keys.watch(a, () => undefined);
    const told = [record(a, 'told'), record(b, 'too'), record(c, 'as well')];
    keys.notified(
      told.map(({ encoded }) => encoded),
      [],
    );
    expect([texts(watch.entries), fresh(b), observed.size]).toEqual([['told'], ['looked up'], 2]);
  });

  it('is known after the last watch for no longer than what is looked up', async () => {
    local = false;
    around.seen(contactAt(1));
    replica.merge(record(a, '1'));
    const watch = keys.watch(a, () => undefined);
    await watch.ready;
    await clock.advance(20_000);
    expect(fresh(a)).toEqual(['1']);
    watch.close();
    await clock.advance(9_999);
    expect(fresh(a)).toEqual(['1']);
    await clock.advance(1);
    expect(fresh(a)).toBeUndefined();
  });
});
