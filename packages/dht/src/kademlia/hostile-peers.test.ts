import { afterEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, RequestFailedError } from '@macula/core';
import {
  FrameKind,
  KademliaDifference,
  KademliaNotify,
  type KademliaRecord,
  KademliaStore,
  KademliaStored,
  KademliaValue,
} from '@macula/wire';
import { KademliaCluster, type KademliaNode, texts } from '../../test/kademlia-cluster.ts';
import { KademliaMesh, type MeshNode } from '../../test/kademlia-mesh.ts';
import { recordingMetrics } from '../../test/recording-metrics.ts';
import { testSigner } from '../../test/test-signer.ts';
import { type RecordContent, signRecord } from './record.ts';

const key = DirectoryKey.of('test', 'key');
const wallTime = (): number => cluster.clock.wallTime();
let cluster: KademliaCluster;

/** What mallory says, with her own signature. */
function said(text: string, now: number, more: Partial<RecordContent> = {}): KademliaRecord {
  return signRecord(testSigner('mallory'), {
    key,
    id: text,
    sequence: 99,
    expiresAt: Math.floor(now) + 60_000,
    withdrawn: false,
    value: Buffer.from(text),
    ...more,
  }).encoded;
}

/** What mallory says in the name of somebody else. */
function forged(now: number, name = 'somebody else'): KademliaRecord {
  return { ...said('forged', now), publicKey: Buffer.from(`public key of ${name}`) };
}

async function pair(): Promise<[KademliaNode, KademliaNode]> {
  cluster = await KademliaCluster.of(2);
  return cluster.nodes as [KademliaNode, KademliaNode];
}

afterEach(async () => {
  expect(await cluster.close()).toBe(0);
});

describe('a hostile peer', () => {
  it('gets an error for garbage, and the link lives on', async () => {
    const [a, b] = await pair();
    const link = await cluster.complete(a.links.link(b.id));
    for (let kind = FrameKind.kademliaPing; kind <= FrameKind.kademliaCompare; kind++) {
      for (const body of [Uint8Array.of(255, 255, 255), Uint8Array.of(0x12, 3, 1, 2, 3)]) {
        const answer = cluster.complete(link.request(kind, body)).then(
          () => 'taken',
          (error: unknown) => error,
        );
        const result = await answer;
        // A ping has no second field: protobuf skips what it does not know.
        if (result !== 'taken') expect(result).toBeInstanceOf(RequestFailedError);
      }
    }
    expect(link.state).toBe('open');
    expect(b.directory.state.contacts).toBe(1);
  });

  it('cannot announce, change or withdraw in the name of others', async () => {
    const [a, b] = await pair();
    b.directory.announce(key, Buffer.from('mine'));
    await cluster.until(async () => (await a.directory.lookup(key)).length === 1);
    const [entry] = await cluster.complete(b.directory.lookup(key));
    const withdrawal = { id: entry?.id ?? '', withdrawn: true, value: new Uint8Array(0) };
    const inTheNameOfB = {
      ...said('', wallTime(), withdrawal),
      publicKey: Buffer.from('public key of 1 1'),
    };
    const link = await cluster.complete(a.links.link(b.id));
    const body = KademliaStore.encode({ addresses: [], records: [inTheNameOfB] }).finish();
    const answer = await cluster.complete(link.request(FrameKind.kademliaStore, body));
    expect(KademliaStored.decode(answer)).toEqual({ taken: 0, refused: 1 });
    expect(texts(await cluster.complete(b.directory.lookup(key)))).toEqual(['mine']);
  });

  it('cannot have a node hold what lies far from it', async () => {
    cluster = await KademliaCluster.of(20, { kademlia: { k: 2 } });
    const sorted = cluster.nodes.toSorted((a, b) => key.compareDistance(a.id, b.id));
    const [near, far] = [sorted[0], sorted.at(-1)] as [KademliaNode, KademliaNode];
    const link = await cluster.complete(near.links.link(far.id));
    const body = KademliaStore.encode({ addresses: [], records: [said('x', wallTime())] }).finish();
    const answer = await cluster.complete(link.request(FrameKind.kademliaStore, body));
    expect(KademliaStored.decode(answer)).toEqual({ taken: 0, refused: 1 });
    expect(far.directory.state.records).toBe(0);
  });

  it('cannot tell watchers what nobody has signed', async () => {
    const [a, b] = await pair();
    const seen: string[] = [];
    a.directory.watch(key, ({ entry }) => seen.push(...texts([entry])));
    const link = await cluster.complete(b.links.link(a.id));
    const records = [forged(wallTime()), said('signed', wallTime())];
    const body = KademliaNotify.encode({ records, forward: [] }).finish();
    await cluster.complete(link.request(FrameKind.kademliaNotify, body));
    expect(seen).toEqual(['signed']);
  });
});

describe('a replica that lies', () => {
  it('cannot hand out what is forged, has expired or lies elsewhere', async () => {
    const { metrics, values } = recordingMetrics();
    const mesh = new KademliaMesh({ nodes: 12, seed: 5, told: 12, kademlia: { k: 4 }, metrics });
    await mesh.start();
    const now = mesh.clock.wallTime();
    const elsewhere = { key: DirectoryKey.of('test', 'elsewhere') };
    const records = [
      forged(now),
      said('expired', now, { expiresAt: Math.floor(now) - 1 }),
      said('of another key', now, elsewhere),
      said('signed', now),
    ];
    const value = KademliaValue.encode({ contacts: [], records, next: 0 }).finish();
    const [reader, ...liars] = mesh.nodes as [MeshNode, ...MeshNode[]];
    for (const liar of liars) {
      liar.lie = (kind) => (kind === FrameKind.kademliaFindValue ? value : undefined);
    }
    const entries = await mesh.clock.complete(reader.directory.lookup(key));
    expect(texts(entries)).toEqual(['signed']);
    expect(values('macula_dht_records_refused_total').length).toBeGreaterThanOrEqual(2);
    const known = reader.directory.watch(elsewhere.key, () => undefined).entries;
    expect(texts(known)).toEqual([]);
    await mesh.stop();
  });

  it('cannot slip anything into another when they compare themselves', async () => {
    const mesh = new KademliaMesh({ nodes: 3, seed: 5, told: 3 });
    await mesh.start();
    const [honest, ...liars] = mesh.nodes as [MeshNode, ...MeshNode[]];
    const nothing = { wanted: [], oversized: [], reached: new Uint8Array(0) };
    for (const liar of liars) {
      liar.lie = (kind) => {
        if (kind !== FrameKind.kademliaCompare) return undefined;
        const now = mesh.clock.wallTime();
        const records = [forged(now), said('signed', now)];
        return KademliaDifference.encode({ ...nothing, records }).finish();
      };
    }
    await mesh.clock.advance(80_000);
    const entries = await mesh.clock.complete(honest.directory.lookup(key));
    expect(texts(entries)).toEqual(['signed']);
    await mesh.stop();
  });
});
