import { type MemoryNetworkOptions, seededRandom } from '@macula/testkit';
import type { Metrics } from '@macula/core';
import { createKademlia } from '../src/kademlia/kademlia.ts';
import type { Kademlia, KademliaSurroundings } from '../src/kademlia/kademlia-contract.ts';
import type { KademliaOptions } from '../src/kademlia/kademlia-options.ts';
import { ClusterMembership } from './cluster-membership.ts';
import { SimulatedCluster, type SimulatedNode } from './simulated-cluster.ts';
import { testSigner, testVerifier } from './test-signer.ts';

export interface KademliaNode extends SimulatedNode {
  readonly directory: Kademlia;
}

export interface KademliaClusterOptions extends MemoryNetworkOptions {
  /** Give every node a membership, full mesh included. Default false: nodes know the first one to join through. */
  readonly membership?: boolean;
  readonly kademlia?: KademliaOptions & Pick<KademliaSurroundings, 'membersOnly'>;
  readonly seed?: number;
  readonly metricsOf?: (at: number) => Metrics;
}

/** Nodes with Kademlia in a simulated network, in virtual time. */
export class KademliaCluster extends SimulatedCluster<KademliaNode> {
  readonly #options: KademliaClusterOptions;
  readonly #names = new Map<string, string>();
  #started = 0;

  constructor(options: KademliaClusterOptions = {}) {
    const { membership, kademlia, seed = 1, metricsOf, ...network } = options;
    super({ omniscient: membership === true, random: seededRandom(seed), ...network });
    this.#options = { kademlia: kademlia ?? {}, seed, ...(membership && { membership }) };
    if (metricsOf !== undefined) this.#options = { ...this.#options, metricsOf };
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
    this.admit(node);
    await directory.start();
    return node;
  }

  /** So many nodes that have settled. */
  static async of(count: number, options: KademliaClusterOptions = {}): Promise<KademliaCluster> {
    const cluster = new KademliaCluster(options);
    await cluster.startMany(count);
    await cluster.clock.advance(1_000);
    return cluster;
  }

  async startMany(count: number): Promise<KademliaNode[]> {
    const started: KademliaNode[] = [];
    for (let i = 0; i < count; i++) {
      started.push(await this.clock.complete(this.start(), { limitMs: 600_000 }));
    }
    return started;
  }
}

/** What `node` finds under a key, as text, sorted. */
export function texts(entries: Iterable<{ readonly value: Uint8Array }>): string[] {
  return Array.from(entries, ({ value }) => new TextDecoder().decode(value)).sort();
}
