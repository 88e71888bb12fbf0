import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DirectoryKey } from '@macula/core';
import { FrameKind, KademliaNodes, KademliaStored, KademliaValue } from '@macula/wire';
import { KademliaMesh } from '../../test/kademlia-mesh.ts';
import { recordingMetrics } from '../../test/recording-metrics.ts';

const count = 200;
/** In the median: the mesh's messages take 5 to 10 ms. */
const roundTripMs = 15;
const { metrics, values } = recordingMetrics();
const hops = values('macula_dht_lookup_hops');
const keys = Array.from({ length: 40 }, (_, at) => DirectoryKey.of('test', String(at)));
let mesh: KademliaMesh;

/** Answers emptily, and keeps nothing. */
const lies: Record<number, Uint8Array> = {
  [FrameKind.kademliaFindNode]: KademliaNodes.encode({ contacts: [] }).finish(),
  [FrameKind.kademliaFindValue]: KademliaValue.encode({
    contacts: [],
    records: [],
    next: 0,
  }).finish(),
  [FrameKind.kademliaStore]: KademliaStored.encode({ taken: 1, refused: 0 }).finish(),
};

beforeAll(async () => {
  mesh = new KademliaMesh({ nodes: count, seed: 7, told: 60, metrics });
  await mesh.start();
  await mesh.announce(keys);
}, 180_000);

afterAll(() => mesh.stop(), 180_000);

describe('in a mesh of 200 nodes', () => {
  it('every lookup finds what is announced, in no more hops than log2(n)/2 + 2', async () => {
    hops.length = 0;
    expect(await mesh.foundBy(mesh.nodes, keys, 200)).toBe(1);
    hops.sort((a, b) => a - b);
    expect(hops[hops.length >> 1]).toBeLessThanOrEqual(Math.log2(count) / 2 + 2);
  });

  it('who watches a key sees 99 of 100 changes no later than two round trips after the store', async () => {
    const late: number[] = [];
    for (const key of keys.slice(0, 20)) {
      const seenAt: number[] = [];
      const watches = Array.from({ length: 10 }, () =>
        mesh.anyOf(mesh.nodes).directory.watch(key, () => seenAt.push(mesh.clock.now())),
      );
      await mesh.clock.complete(Promise.all(watches.map(({ ready }) => ready)));
      seenAt.length = 0;
      const announced = mesh.anyOf(mesh.nodes).directory.announce(key, Buffer.from('new'));
      await mesh.clock.complete(announced.confirmed());
      const stored = mesh.clock.now();
      await mesh.clock.advance(1_000);
      expect(seenAt).toHaveLength(watches.length);
      late.push(...seenAt.map((at) => at - stored));
      for (const watch of watches) watch.close();
    }
    late.sort((a, b) => a - b);
    expect(late[Math.floor(late.length * 0.99)]).toBeLessThanOrEqual(2 * roundTripMs);
  });

  it('20 % liars do not hide anything from lookups over disjoint paths', async () => {
    for (let i = 0; i < count / 5; i++) mesh.anyOf(mesh.nodes).lie = (kind) => lies[kind];
    const honest = mesh.nodes.filter(({ lie }) => lie === undefined);
    expect(await mesh.foundBy(honest, keys, 100, { sensitive: true })).toBeGreaterThanOrEqual(0.95);
    for (const node of mesh.nodes) node.lie = undefined;
  });

  it('30 % may crash at once, and lookups still find nearly everything', async () => {
    while (mesh.living.length > 0.7 * count) mesh.crash(mesh.anyOf(mesh.nodes));
    expect(await mesh.foundBy(mesh.living, keys, 100)).toBeGreaterThanOrEqual(0.99);
  });
});
