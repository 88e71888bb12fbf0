import type { Address, Logger, NodeId } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { createPeerExchange, type PeerExchange } from '../src/peer-exchange.ts';
import type { PeerExchangeOptions } from '../src/peer-exchange-options.ts';

export interface MeshNode {
  readonly links: MemoryLinks;
  readonly membership: PeerExchange;
  /** What its users were told, as `type name`. */
  readonly events: string[];
  readonly id: NodeId;
  readonly address: Address;
  /** Leaves as a process does that ends in good order. */
  leave(): Promise<void>;
}

/** Nodes with membership in a simulated network, in virtual time. */
export class Mesh {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: MeshNode[] = [];
  readonly #names = new Map<string, string>();
  #seed = 0;

  constructor(options: MemoryNetworkOptions = {}) {
    this.network = memoryNetwork({ clock: this.clock, latencyMs: { min: 1, max: 5 }, ...options });
  }

  name(id: NodeId): string {
    return this.#names.get(id.key) ?? id.key.slice(0, 8);
  }

  /** Starts a node; `links` gives a node that was restarted. */
  async start(
    options: PeerExchangeOptions & { links?: MemoryLinks; logger?: Logger } = {},
  ): Promise<MeshNode> {
    const { links = this.network.node(), logger, ...rest } = options;
    const membership = createPeerExchange(
      { links, clock: links.clock, random: seededRandom(++this.#seed), ...(logger && { logger }) },
      rest,
    );
    const events: string[] = [];
    if (!this.#names.has(links.self.key)) {
      this.#names.set(links.self.key, `n${this.#names.size}`);
    }
    membership.onChange(({ type, member }) => events.push(`${type} ${this.name(member.id)}`));
    const node: MeshNode = {
      links,
      membership,
      events,
      id: links.self,
      address: links.localAddresses[0] as Address,
      leave: async () => {
        await membership.stop();
        await links.stop();
      },
    };
    this.nodes.push(node);
    await membership.start();
    return node;
  }

  /** Starts `count` nodes that all know the first one's address. */
  async startMany(count: number, options: PeerExchangeOptions = {}): Promise<MeshNode[]> {
    const seed = await this.start(options);
    const started = [seed];
    for (let i = 1; i < count; i++) {
      started.push(await this.start({ bootstrap: [seed.address], ...options }));
    }
    return started;
  }

  /** Runs until each of `nodes` sees exactly the others alive. */
  async converge(nodes: readonly MeshNode[] = this.nodes, limitMs = 10_000): Promise<void> {
    await this.clock.runUntil(() => isFullMesh(nodes), { limitMs });
  }

  /** Stops everything and reports what was left behind. */
  async close(): Promise<number> {
    await Promise.all(this.nodes.map(({ membership }) => membership.stop()));
    const left = this.nodes.reduce((sum, { links }) => sum + links.pinned.length, 0);
    await this.clock.complete(this.network.stop());
    await this.clock.advance(10_000);
    return left + this.clock.pendingTimers;
  }
}

export function aliveIds(node: MeshNode): string[] {
  return Array.from(node.membership.members())
    .filter(({ status }) => status === 'alive')
    .map(({ id }) => id.key)
    .sort();
}

export function isFullMesh(nodes: readonly MeshNode[]): boolean {
  return nodes.every((node) => {
    const others = nodes.filter((other) => other !== node).map(({ id }) => id.key);
    return aliveIds(node).join() === others.sort().join();
  });
}
