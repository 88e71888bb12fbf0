import { describe, expect, it } from '@jest/globals';
import { DirectoryKey, noMetrics, silentLogger } from '@macula/core';
import type { KademliaCompare, KademliaRecord } from '@macula/wire';
import { seededRandom, virtualClock } from '@macula/testkit';
import { testSigner, testVerifier } from '../../test/test-signer.ts';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { Finder } from './finder.ts';
import { kademliaMetrics } from './kademlia-metrics.ts';
import { kademliaSettings } from './kademlia-options.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { signRecord } from './record.ts';
import { mergeAll } from './record-pages.ts';
import { RecordStore } from './record-store.ts';
import { ReplicaUpkeep } from './replica-upkeep.ts';
import { RoutingTable } from './routing-table.ts';

const settings = kademliaSettings({ antiEntropyMs: 60_000 });
const key = DirectoryKey.of('test', 'key');
const none = (): number => 0;
const sizes = { contacts: none, buckets: none, records: none, watchedKeys: none, leases: none };
const metrics = kademliaMetrics(noMetrics, sizes);

/** Two replicas that know each other and are asked by nobody else. */
function pair() {
  const clock = virtualClock();
  const compared: string[] = [];
  const sent = { records: 0 };
  const replicas = ['a', 'b'].map((name, at) => {
    const signer = testSigner(name);
    const self = signer.nodeId;
    const neighbourhood = new Neighbourhood(self, new RoutingTable(self, settings), settings);
    const store = new RecordStore(
      { clock, verify: testVerifier, isGone: () => false, logger: silentLogger },
      settings,
    );
    // Both kinds of request reach the other replica at once.
    const ask = (_peer: Contact, exchange: unknown, question: unknown): Promise<unknown> => {
      const other = replicas[1 - at];
      if (exchange === exchanges.compare) {
        compared.push(name);
        const answer = other?.upkeep.answer(question as KademliaCompare, self);
        sent.records += answer?.records.length ?? 0;
        return Promise.resolve(answer);
      }
      const { records } = question as { records: KademliaRecord[] };
      sent.records += records.length;
      if (other !== undefined) mergeAll(other.store, records, metrics);
      return Promise.resolve({ taken: records.length, refused: 0 });
    };
    const upkeep = new ReplicaUpkeep(
      {
        clock,
        random: seededRandom(at),
        neighbourhood,
        requests: { ask } as unknown as PeerRequests,
        finder: {} as Finder,
        store,
        metrics,
        ownAddresses: () => [],
      },
      settings,
      () => undefined,
    );
    const hold = (text: string): void => {
      const expiresAt = Math.floor(clock.wallTime()) + settings.lifetimeMs;
      const content = { key, id: text, sequence: 1, expiresAt, withdrawn: false };
      store.merge(signRecord(signer, { ...content, value: Buffer.from(text) }));
    };
    const held = (): string[] =>
      store
        .records(key)
        .map(({ id }) => id)
        .sort();
    return { self, neighbourhood, store, upkeep, hold, held };
  });
  const [a, b] = replicas as [(typeof replicas)[0], (typeof replicas)[0]];
  a.neighbourhood.seen({ id: b.self, addresses: [] });
  b.neighbourhood.seen({ id: a.self, addresses: [] });
  return { clock, a, b, compared, sent };
}

describe('replicas of the same keys', () => {
  it('unite what they have when they meet', async () => {
    const { clock, a, b } = pair();
    a.hold('of a');
    b.hold('of b');
    a.upkeep.joined();
    await clock.advance(1);
    expect([a.held(), b.held()]).toEqual([
      ['of a', 'of b'],
      ['of a', 'of b'],
    ]);
    expect([a.upkeep.synced, a.upkeep.idle]).toEqual([true, true]);
  });

  it('go on comparing, so that what one of them has missed comes to it', async () => {
    const { clock, a, b, compared } = pair();
    a.upkeep.joined();
    await clock.advance(1);
    b.hold('missed');
    expect(a.held()).toEqual([]);
    await clock.advance(settings.antiEntropyMs * 1.2);
    expect(a.held()).toEqual(['missed']);
    await clock.advance(settings.antiEntropyMs * 3);
    expect(compared.length).toBeGreaterThanOrEqual(3);
    a.upkeep.stop();
    const before = compared.length;
    await clock.advance(settings.antiEntropyMs * 3);
    expect(compared).toHaveLength(before);
  });

  it('send each other no record that both hold', async () => {
    const { clock, a, b, compared, sent } = pair();
    a.hold('of a');
    b.hold('of b');
    a.upkeep.joined();
    await clock.advance(1);
    const before = sent.records;
    expect(before).toBeGreaterThan(0);
    await clock.advance(settings.antiEntropyMs * 2);
    expect(compared.length).toBeGreaterThan(1);
    expect(sent.records).toBe(before);
  });
});
