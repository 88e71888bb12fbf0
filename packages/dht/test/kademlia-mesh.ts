import type { DirectoryKey, Links, Member, Membership, Metrics } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type SeededRandom,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { createKademlia } from '../src/kademlia/kademlia.ts';
import type {
  Kademlia,
  KademliaAnnounceOptions,
  KademliaLookupOptions,
} from '../src/kademlia/kademlia-contract.ts';
import type { KademliaOptions } from '../src/kademlia/kademlia-options.ts';
import { testSigner, testVerifier } from './test-signer.ts';

/** A liar's answer to a request; undefined: as an honest node would answer. */
export type Lie = (kind: number, body: Uint8Array) => Uint8Array | undefined;

export interface MeshNode {
  readonly links: MemoryLinks;
  readonly directory: Kademlia;
  /** Answers in place of the node from now on. */
  lie: Lie | undefined;
}

export interface KademliaMeshOptions {
  readonly nodes: number;
  readonly seed: number;
  /** Random nodes that each one is told of before it joins. */
  readonly told: number;
  readonly kademlia?: KademliaOptions;
  readonly metrics?: Metrics;
}

/** Many nodes with Kademlia, in virtual time; a message takes 5 to 10 ms. Membership tells each of some others, and of nothing after that. */
export class KademliaMesh {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: MeshNode[];
  readonly #random: SeededRandom;
  readonly #crashed = new Set<MeshNode>();

  constructor({ nodes, seed, told, kademlia, metrics }: KademliaMeshOptions) {
    this.#random = seededRandom(seed);
    this.network = memoryNetwork({
      clock: this.clock,
      random: this.#random,
      omniscient: true,
      latencyMs: { min: 5, max: 10 },
      silenceMs: 3_000,
    });
    const all = Array.from({ length: nodes }, (_, at) => this.network.node(testSigner(at).nodeId));
    this.nodes = all.map((links, at) => {
      const some = Array.from({ length: told }, () => this.anyOf(all));
      const node: MeshNode = {
        links,
        lie: undefined,
        directory: createKademlia(
          {
            links: twoFaced(links, () => node.lie),
            clock: links.clock,
            random: seededRandom(at),
            signer: testSigner(at),
            verify: testVerifier,
            membership: knowing(links, some),
            ...(metrics && { metrics }),
          },
          { cacheMs: 1, ...kademlia },
        ),
      };
      return node;
    });
  }

  get living(): readonly MeshNode[] {
    return this.nodes.filter((node) => !this.#crashed.has(node));
  }

  async start(): Promise<void> {
    await this.clock.complete(Promise.all(this.nodes.map(({ directory }) => directory.start())));
  }

  async stop(): Promise<void> {
    await this.clock.complete(Promise.all(this.living.map(({ directory }) => directory.stop())));
    await this.clock.complete(this.network.stop());
  }

  /** Has some node of `announcers` announce under each key, and waits for the quorums. */
  async announce(
    keys: readonly DirectoryKey[],
    announcers: readonly MeshNode[] = this.nodes,
    options: KademliaAnnounceOptions = {},
  ): Promise<void> {
    const confirmations = keys.map((key) =>
      this.anyOf(announcers)
        .directory.announce(key, Buffer.from('here'), options)
        .confirmed({ timeout: 60_000 }),
    );
    await this.clock.complete(Promise.all(confirmations));
  }

  /** The share of `times` lookups, each of some key by some reader, that find anything. */
  async foundBy(
    readers: readonly MeshNode[],
    keys: readonly DirectoryKey[],
    times: number,
    options: KademliaLookupOptions = {},
  ): Promise<number> {
    let found = 0;
    const lookups = Array.from({ length: times }, async () => {
      const { directory } = this.anyOf(readers);
      const entries = await directory.lookup(this.anyOf(keys), options).catch(() => []);
      if (entries.length > 0) found++;
    });
    await this.clock.complete(Promise.all(lookups));
    return found / times;
  }

  crash(node: MeshNode): void {
    if (this.#crashed.has(node)) return;
    this.#crashed.add(node);
    this.network.crash(node.links.self);
  }

  anyOf<T>(list: readonly T[]): T {
    return list[this.#random.integer(list.length)] as T;
  }
}

/** Links that answer with a liar's lies, where there are any. */
function twoFaced(links: MemoryLinks, lie: () => Lie | undefined): Links {
  return new Proxy(links, {
    get(target, name: keyof MemoryLinks) {
      if (name === 'handleRequest') {
        const register: Links['handleRequest'] = (kind, handler) =>
          target.handleRequest(kind, (link, body) => lie()?.(kind, body) ?? handler(link, body));
        return register;
      }
      const value: unknown = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A membership that knows some nodes and hears of no change: lookups have to find the rest. */
function knowing(links: Links, others: readonly Links[]): Membership {
  const member = ({ self, localAddresses }: Links): Member => ({
    id: self,
    addresses: localAddresses,
    status: 'alive',
    incarnation: 1n,
    metadata: {},
  });
  return {
    self: member(links),
    members: () => others.map(member),
    get: () => undefined,
    onChange: () => () => undefined,
    setMetadata: () => undefined,
  };
}
