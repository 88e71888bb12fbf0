import type { DirectoryKey } from '@macula/core';
import { type MemoryLinks, type MemoryNetworkOptions, seededRandom } from '@macula/testkit';
import {
  createReplicatedDirectory,
  type ReplicatedDirectory,
} from '../src/replicated-directory.ts';
import type { ReplicatedDirectoryOptions } from '../src/replicated-directory-options.ts';
import { ClusterMembership } from './cluster-membership.ts';
import { SimulatedCluster, type SimulatedNode } from './simulated-cluster.ts';

export interface ClusterNode extends SimulatedNode {
  readonly membership: ClusterMembership;
  readonly directory: ReplicatedDirectory;
}

/** Nodes with a replicated directory, each of which knows all others. */
export class Cluster extends SimulatedCluster<ClusterNode> {
  #seed = 0;

  constructor(options: MemoryNetworkOptions = {}) {
    super({ omniscient: true, ...options });
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
    this.admit(node);
    await directory.start();
    return node;
  }

  async startMany(count: number, options: ReplicatedDirectoryOptions = {}): Promise<ClusterNode[]> {
    const started: ClusterNode[] = [];
    for (let i = 0; i < count; i++) started.push(await this.start(options));
    await this.clock.advance(1_000);
    return started;
  }
}

/** What `node` finds under `key`: values as text, sorted. */
export async function valuesAt(node: ClusterNode, key: DirectoryKey): Promise<string[]> {
  const entries = await node.directory.lookup(key);
  return entries.map(({ value }) => new TextDecoder().decode(value)).sort();
}
