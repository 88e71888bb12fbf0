import type { NodeId } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import type { Metrics } from '@macula/core';
import { createKademlia } from '../src/kademlia/kademlia.ts';
import type { Kademlia } from '../src/kademlia/kademlia-contract.ts';
import type { KademliaOptions } from '../src/kademlia/kademlia-options.ts';
import { ClusterMembership } from './cluster-membership.ts';
import { testSigner, testVerifier } from './test-signer.ts';

export interface KademliaNode {
  readonly id: NodeId;
  readonly links: MemoryLinks;
  readonly membership: ClusterMembership | undefined;
  readonly directory: Kademlia;
}

export interface KademliaClusterOptions extends MemoryNetworkOptions {
  /** Give every node a membership, full mesh included. Default false: nodes know the first one to join through. */
  readonly membership?: boolean;
  readonly kademlia?: KademliaOptions;
  readonly seed?: number;
  readonly metricsOf?: (at: number) => Metrics;
}

/** Nodes with Kademlia in a simulated network, in virtual time. */
export class KademliaCluster {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: KademliaNode[] = [];
  readonly #options: KademliaClusterOptions;
  readonly #names = new Map<string, string>();
  #started = 0;
  #moving = false;

  constructor(options: KademliaClusterOptions = {}) {
    const { membership, kademlia, seed = 1, metricsOf, ...network } = options;
    this.#options = { kademlia: kademlia ?? {}, seed, ...(membership && { membership }) };
    if (metricsOf !== undefined) this.#options = { ...this.#options, metricsOf };
    this.network = memoryNetwork({
      clock: this.clock,
      latencyMs: 1,
      omniscient: membership === true,
      random: seededRandom(seed),
      ...network,
    });
  }

  /** Starts a node, which joins through the first one; `again` restarts one that crashed. */
  async start(again?: KademliaNode): Promise<KademliaNode> {
    const at = this.#started++;
    const signer = testSigner(
      again === undefined ? `${this.#options.seed} ${at}` : (this.#names.get(again.id.key) ?? ''),
    );
    if (again === undefined) this.#names.set(signer.nodeId.key, `${this.#options.seed} ${at}`);
    const links =
      again === undefined ? this.network.node(signer.nodeId) : this.network.restart(again.id);
    const { clock } = links;
    const membership =
      this.#options.membership === true
        ? new ClusterMembership({ links, clock }, () => this.nodes.map(({ id }) => id))
        : undefined;
    const random = seededRandom((this.#options.seed ?? 1) * 100_003 + at);
    const [first] = this.nodes;
    const bootstrap =
      first === undefined || membership !== undefined ? [] : [...first.links.localAddresses];
    const metrics = this.#options.metricsOf?.(at);
    const directory = createKademlia(
      {
        links,
        clock,
        random,
        signer,
        verify: testVerifier,
        ...(membership && { membership }),
        ...(metrics && { metrics }),
      },
      { ...this.#options.kademlia, bootstrap },
    );
    const node = { id: links.self, links, membership, directory };
    const before = this.nodes.findIndex(({ id }) => id.equals(node.id));
    if (before === -1) this.nodes.push(node);
    else this.nodes[before] = node;
    await directory.start();
    return node;
  }

  async startMany(count: number): Promise<KademliaNode[]> {
    const started: KademliaNode[] = [];
    for (let i = 0; i < count; i++) {
      started.push(await this.clock.complete(this.start(), { limitMs: 600_000 }));
    }
    return started;
  }

  /** Lets time pass until `promise` settles, also from within until(). */
  async complete<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    return this.#moving ? promise : this.clock.complete(promise, { limitMs });
  }

  /** Ends a node as a power cut does. */
  crash(node: KademliaNode): void {
    this.network.crash(node.id);
    const at = this.nodes.indexOf(node);
    if (at !== -1) this.nodes.splice(at, 1);
  }

  /** Moves time until `holds`. */
  async until(holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
    const end = this.clock.now() + limitMs;
    for (;;) {
      this.#moving = true;
      try {
        if (await this.clock.complete(Promise.resolve().then(holds))) return;
      } finally {
        this.#moving = false;
      }
      if (this.clock.now() >= end) throw new Error(`not so after ${limitMs} ms`);
      await this.clock.advance(100);
    }
  }

  /** Stops everything and reports how many timers were left behind. */
  async close(): Promise<number> {
    for (const { membership } of this.nodes) membership?.stop();
    const running = this.nodes.map(({ directory }) => directory.stop());
    await this.clock.complete(Promise.all(running), { limitMs: 600_000 });
    await this.clock.complete(this.network.stop());
    await this.clock.advance(60_000);
    return this.clock.pendingTimers;
  }
}

/** What `node` finds under a key, as text, sorted. */
export function texts(entries: Iterable<{ readonly value: Uint8Array }>): string[] {
  return Array.from(entries, ({ value }) => new TextDecoder().decode(value)).sort();
}
