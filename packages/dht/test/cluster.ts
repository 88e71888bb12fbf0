import type { DirectoryKey, NodeId } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import {
  createReplicatedDirectory,
  type ReplicatedDirectory,
} from '../src/replicated-directory.ts';
import type { ReplicatedDirectoryOptions } from '../src/replicated-directory-options.ts';
import { ClusterMembership } from './cluster-membership.ts';

export interface ClusterNode {
  readonly id: NodeId;
  readonly links: MemoryLinks;
  readonly membership: ClusterMembership;
  readonly directory: ReplicatedDirectory;
}

/** Nodes with a directory in a simulated network, in virtual time. */
export class Cluster {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: ClusterNode[] = [];
  #seed = 0;

  constructor(options: MemoryNetworkOptions = {}) {
    this.network = memoryNetwork({ clock: this.clock, latencyMs: 1, omniscient: true, ...options });
  }

  /** Starts a node; `links` gives one that was restarted, or that had links before. */
  async start(
    options: ReplicatedDirectoryOptions = {},
    links: MemoryLinks = this.network.node(),
  ): Promise<ClusterNode> {
    const { clock } = links;
    const membership = new ClusterMembership({ links, clock }, () =>
      this.nodes.map(({ id }) => id),
    );
    const random = seededRandom(++this.#seed);
    const directory = createReplicatedDirectory({ links, membership, clock, random }, options);
    const node = { id: links.self, links, membership, directory };
    const before = this.nodes.findIndex(({ id }) => id.equals(links.self));
    if (before === -1) this.nodes.push(node);
    else this.nodes[before] = node;
    await directory.start();
    return node;
  }

  async startMany(count: number, options: ReplicatedDirectoryOptions = {}): Promise<ClusterNode[]> {
    const started: ClusterNode[] = [];
    for (let i = 0; i < count; i++) started.push(await this.start(options));
    await this.clock.advance(1_000);
    return started;
  }

  /** Moves time until `holds`. */
  async until(holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
    const end = this.clock.now() + limitMs;
    while (!(await holds())) {
      if (this.clock.now() >= end) throw new Error(`not so after ${limitMs} ms`);
      await this.clock.advance(100);
    }
  }

  /** Stops everything and reports what was left behind. */
  async close(): Promise<number> {
    for (const { membership } of this.nodes) membership.stop();
    await Promise.all(this.nodes.map(({ directory }) => directory.stop()));
    await this.clock.complete(this.network.stop());
    await this.clock.advance(30_000);
    return this.clock.pendingTimers;
  }
}

/** What `node` finds under `key`: values as text, sorted. */
export async function valuesAt(node: ClusterNode, key: DirectoryKey): Promise<string[]> {
  const entries = await node.directory.lookup(key);
  return entries.map(({ value }) => new TextDecoder().decode(value)).sort();
}
