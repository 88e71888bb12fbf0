import type { MembershipChange, NodeId, Startable } from '@macula/core';
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
import { createPubSub, type PubSub, type PubSubOptions } from '../src/index.ts';
import { RecordingMetrics } from './recording-metrics.ts';
import { SharedDirectory } from './shared-directory.ts';
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

export interface MeshOptions extends MemoryNetworkOptions {
  readonly seed?: number;
  /** How long directory changes take to the other nodes. Default 5. */
  readonly directoryDelayMs?: number;
}

/** Nodes with pub/sub over a network in memory, in virtual time. */
export class Mesh {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly directory: SharedDirectory;
  readonly random: SeededRandom;
  readonly nodes: MeshNode[] = [];

  constructor(options: MeshOptions = {}) {
    const { seed = 1, directoryDelayMs, ...network } = options;
    this.random = seededRandom(seed);
    this.directory = new SharedDirectory(this.clock, directoryDelayMs);
    this.network = memoryNetwork({
      clock: this.clock,
      random: this.random,
      omniscient: true,
      ...network,
    });
  }

  /** Adds a node and starts its pub/sub. */
  async node(
    options: Partial<PubSubOptions> & { links?: MemoryLinks; ready?: Promise<void> } = {},
  ): Promise<MeshNode> {
    const { links = this.network.node(), ready, ...rest } = options;
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

  /** Lets the directory's news and what is on its way arrive. */
  async settle(): Promise<void> {
    await this.clock.advance(50);
  }

  /** Timers that nodes have left behind. */
  get pendingTimers(): number {
    return this.nodes.reduce((sum, { links }) => sum + links.clock.pendingTimers, 0);
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.pubsub.stop()));
    await this.clock.complete(this.network.stop());
  }
}
