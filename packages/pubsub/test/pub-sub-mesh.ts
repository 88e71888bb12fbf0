import type { Clock, Directory, MembershipChange, NodeId, Startable } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  type SeededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { createPubSub, type PubSub, type PubSubOptions, type TreeSigner } from '../src/index.ts';
import { verifyPretended } from './pretended-signer.ts';
import { RecordingMetrics } from './recording-metrics.ts';
import { memberOf, membershipOf } from './told-membership.ts';

/** One node of a test's mesh. */
export interface MeshNode {
  readonly id: NodeId;
  readonly links: MemoryLinks;
  readonly pubsub: PubSub & Startable;
  readonly metrics: RecordingMetrics;
  /** Tells this node's pub/sub what became of another. */
  readonly told: (type: MembershipChange['type'], node: NodeId) => void;
}

export interface MeshNodeOptions extends Partial<PubSubOptions> {
  readonly links?: MemoryLinks;
  /** When the node's directory knows what there is. Default: at once. */
  readonly ready?: Promise<void>;
  /** Who the node is, where it takes part in trees. */
  readonly signer?: TreeSigner;
}

export interface PubSubMeshOptions extends MemoryNetworkOptions {
  readonly seed?: number;
}

/** How nodes of a mesh find one another. */
interface MeshDirectory {
  of(node: NodeId, ready?: Promise<void>): Directory;
}

/** Nodes with pub/sub over a network in memory, in virtual time. */
export class PubSubMesh<D extends MeshDirectory> {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly directory: D;
  readonly random: SeededRandom;
  readonly nodes: MeshNode[] = [];

  constructor(makeDirectory: (clock: Clock) => D, options: PubSubMeshOptions) {
    const { seed = 1, ...network } = options;
    this.random = seededRandom(seed);
    this.directory = makeDirectory(this.clock);
    this.network = memoryNetwork({
      clock: this.clock,
      random: this.random,
      omniscient: true,
      ...network,
    });
  }

  /** Adds a node and starts its pub/sub. */
  async node(options: MeshNodeOptions = {}): Promise<MeshNode> {
    const { signer, links = this.network.node(signer?.nodeId), ready, ...rest } = options;
    const metrics = new RecordingMetrics();
    const listeners = new Set<(change: MembershipChange) => void>();
    const pubsub = createPubSub(
      {
        links,
        directory: this.directory.of(links.self, ready),
        membership: membershipOf(links.self, listeners),
        clock: links.clock,
        random: this.random,
        metrics,
        ...(signer && { signer, verify: verifyPretended }),
      },
      { realm: 'org.example', ...rest },
    );
    await pubsub.start();
    const told: MeshNode['told'] = (type, node) => {
      for (const listener of listeners) listener({ type, member: memberOf(node) });
    };
    const node = { id: links.self, links, pubsub, metrics, told };
    this.nodes.push(node);
    return node;
  }

  async nodesOf(count: number, options: Partial<PubSubOptions> = {}): Promise<MeshNode[]> {
    const nodes: MeshNode[] = [];
    for (let i = 0; i < count; i++) nodes.push(await this.node(options));
    return nodes;
  }

  /** Timers that nodes have left behind. */
  get pendingTimers(): number {
    return this.nodes.reduce((sum, { links }) => sum + links.clock.pendingTimers, 0);
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(({ pubsub }) => pubsub.stop()));
    await this.clock.complete(this.network.stop());
  }
}
