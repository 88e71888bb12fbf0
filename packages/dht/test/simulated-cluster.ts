import type { NodeId } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import type { ClusterMembership } from './cluster-membership.ts';

export interface SimulatedNode {
  readonly id: NodeId;
  readonly links: MemoryLinks;
  readonly membership: ClusterMembership | undefined;
  readonly directory: { stop(): Promise<void> };
}

/** Nodes with a directory in a simulated network, in virtual time. */
export class SimulatedCluster<Node extends SimulatedNode> {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: Node[] = [];
  #moving = false;

  constructor(options: Omit<MemoryNetworkOptions, 'clock'>) {
    this.network = memoryNetwork({ clock: this.clock, latencyMs: 1, ...options });
  }

  /** Takes in a node; one of the same ID has been restarted. */
  protected admit(node: Node): void {
    const before = this.nodes.findIndex(({ id }) => id.equals(node.id));
    if (before === -1) this.nodes.push(node);
    else this.nodes[before] = node;
  }

  /** Lets time pass until `promise` settles, also from within until(). */
  async complete<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    return this.#moving ? promise : this.clock.complete(promise, { limitMs });
  }

  /** Ends a node as a power cut does. */
  crash(node: Node): void {
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
