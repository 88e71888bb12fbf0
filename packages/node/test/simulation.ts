import { type Identity, ephemeralIdentity } from '@macula/identity';
import {
  type MemoryLinks,
  type MemoryNetwork,
  type MemoryNodeOptions,
  memoryNetwork,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { formatAddress } from '@macula/core';
import { createNode } from '../src/create-node.ts';
import type { MaculaNode } from '../src/macula-node.ts';
import type { NodeOptions } from '../src/node-options.ts';

export const realm = 'be.cortexiq.energy';

/** Where a node is and who it is. */
export interface Place {
  readonly links: MemoryLinks;
  readonly identity: Identity;
}

/** Whole nodes in a simulated network, in virtual time. */
export class Simulation {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork = memoryNetwork({ clock: this.clock, latencyMs: 2 });
  readonly #nodes: MaculaNode[] = [];

  async place(options: Omit<MemoryNodeOptions, 'id'> = {}): Promise<Place> {
    const identity = await ephemeralIdentity({ clock: this.clock });
    return { identity, links: this.network.node({ ...options, id: identity.nodeId }) };
  }

  /** Starts a node that joins by `others`. */
  async start(
    others: readonly MaculaNode[] = [],
    options: NodeOptions = {},
    place: Place | undefined = undefined,
  ): Promise<MaculaNode> {
    const { links, identity } = place ?? (await this.place());
    const node = await this.clock.complete(
      createNode({
        realm,
        bootstrap: others.flatMap(({ addresses }) => addresses.map(formatAddress)),
        links,
        identity,
        clock: links.clock,
        random: seededRandom(this.#nodes.length + 1),
        environment: {},
        ...options,
      }),
    );
    this.#nodes.push(node);
    return node;
  }

  /** Ends a node as kill -9 does. */
  crash(node: MaculaNode): void {
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    this.network.crash(node.id);
  }

  /** Stops everything and reports how many timers were left behind. */
  async close(): Promise<number> {
    await this.clock.complete(Promise.all(this.#nodes.map((node) => node.stop())));
    await this.clock.complete(this.network.stop());
    await this.clock.advance(30_000);
    return this.clock.pendingTimers;
  }
}
