import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DirectoryKey, type Links, type Member, type Membership } from '@macula/core';
import {
  type MemoryNetwork,
  memoryNetwork,
  type SeededRandom,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { FrameKind, KademliaNodes, KademliaStored, KademliaValue } from '@macula/wire';
import { recordingMetrics } from '../../test/recording-metrics.ts';
import { testSigner, testVerifier } from '../../test/test-signer.ts';
import { createKademlia } from './kademlia.ts';
import type { Kademlia } from './kademlia-contract.ts';

const count = 200;
const keyCount = 40;

interface MeshNode {
  readonly links: ReturnType<MemoryNetwork['node']>;
  readonly directory: Kademlia;
  /** Answers emptily, and keeps nothing, from now on. */
  lying: boolean;
}

let clock: VirtualClock;
let network: MemoryNetwork;
let random: SeededRandom;
let nodes: MeshNode[];
const { metrics, values } = recordingMetrics();
const hops = values('macula_dht_lookup_hops');
const keys = Array.from({ length: keyCount }, (_, at) => DirectoryKey.of('test', String(at)));
const crashed = new Set<MeshNode>();

function anyOf<T>(list: readonly T[]): T {
  return list[random.integer(list.length)] as T;
}

/** Links that give a liar's answers while `isLying`. */
function twoFaced(links: MeshNode['links'], isLying: () => boolean): Links {
  return new Proxy(links, {
    get(target, name: keyof typeof links) {
      if (name === 'handleRequest') {
        const register: Links['handleRequest'] = (kind, handler) =>
          target.handleRequest(kind, (link, body) =>
            isLying() ? (lies[kind] ?? new Uint8Array(0)) : handler(link, body),
          );
        return register;
      }
      const value: unknown = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const lies: Record<number, Uint8Array> = {
  [FrameKind.kademliaFindNode]: KademliaNodes.encode({ contacts: [] }).finish(),
  [FrameKind.kademliaFindValue]: KademliaValue.encode({
    contacts: [],
    records: [],
    next: 0,
  }).finish(),
  [FrameKind.kademliaStore]: KademliaStored.encode({ taken: 1, refused: 0 }).finish(),
};

/** A membership that knows some nodes and hears of no change: lookups have to find the rest. */
function knowing(links: Links, ids: readonly MeshNode['links'][]): Membership {
  const member = ({ self, localAddresses }: Links): Member => ({
    id: self,
    addresses: localAddresses,
    status: 'alive',
    incarnation: 1n,
    metadata: {},
  });
  return {
    self: member(links),
    members: () => ids.map(member),
    get: () => undefined,
    onChange: () => () => undefined,
    setMetadata: () => undefined,
  };
}

beforeAll(async () => {
  clock = virtualClock();
  random = seededRandom(7);
  network = memoryNetwork({
    clock,
    random,
    omniscient: true,
    latencyMs: { min: 5, max: 10 },
    silenceMs: 3_000,
  });
  const all = Array.from({ length: count }, (_, at) => network.node(testSigner(at).nodeId));
  nodes = all.map((links, at) => {
    const some = Array.from({ length: 60 }, () => anyOf(all));
    const node: MeshNode = {
      links,
      lying: false,
      directory: createKademlia(
        {
          links: twoFaced(links, () => node.lying),
          clock: links.clock,
          random: seededRandom(at),
          signer: testSigner(at),
          verify: testVerifier,
          membership: knowing(links, some),
          metrics,
        },
        { cacheMs: 1 },
      ),
    };
    return node;
  });
  await clock.complete(Promise.all(nodes.map(({ directory }) => directory.start())));
  const confirmations = keys.map((key) =>
    anyOf(nodes).directory.announce(key, Buffer.from('here')).confirmed({ timeout: 60_000 }),
  );
  await clock.complete(Promise.all(confirmations));
}, 180_000);

afterAll(async () => {
  const living = nodes.filter((node) => !crashed.has(node));
  await clock.complete(Promise.all(living.map(({ directory }) => directory.stop())));
  await clock.complete(network.stop());
}, 180_000);

/** The share of `times` random lookups that find what is announced. */
async function foundBy(
  readers: readonly MeshNode[],
  times: number,
  sensitive = false,
): Promise<number> {
  let found = 0;
  const lookups = Array.from({ length: times }, async () => {
    const entries = await anyOf(readers).directory.lookup(anyOf(keys), {
      sensitive,
      timeout: 30_000,
    });
    if (entries.length > 0) found++;
  });
  await clock.complete(Promise.all(lookups));
  return found / times;
}

describe('in a mesh of 200 nodes', () => {
  it('every lookup finds what is announced, in no more hops than log2(n)/2 + 2', async () => {
    hops.length = 0;
    expect(await foundBy(nodes, 200)).toBe(1);
    hops.sort((a, b) => a - b);
    expect(hops[hops.length >> 1]).toBeLessThanOrEqual(Math.log2(count) / 2 + 2);
  });

  it('20 % liars do not hide anything from lookups over disjoint paths', async () => {
    for (let i = 0; i < count / 5; i++) anyOf(nodes).lying = true;
    const honest = nodes.filter(({ lying }) => !lying);
    expect(await foundBy(honest, 100, true)).toBeGreaterThanOrEqual(0.95);
    for (const node of nodes) node.lying = false;
  });

  it('30 % may crash at once, and lookups still find nearly everything', async () => {
    while (crashed.size < 0.3 * count) {
      const victim = anyOf(nodes);
      if (crashed.has(victim)) continue;
      crashed.add(victim);
      network.crash(victim.links.self);
    }
    const living = nodes.filter((node) => !crashed.has(node));
    expect(await foundBy(living, 100)).toBeGreaterThanOrEqual(0.99);
  });
});
