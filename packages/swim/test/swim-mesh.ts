import { type Address, type NodeId, TimeoutError } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { createSwim, type Swim, type SwimDeps } from '../src/swim/swim.ts';
import type { SwimOptions } from '../src/swim/swim-options.ts';

export interface SwimNode {
  readonly links: MemoryLinks;
  readonly membership: Swim;
  /** What its users were told, as `type name`. */
  readonly events: string[];
  readonly id: NodeId;
  readonly address: Address;
  /** Leaves as a process does that ends in good order. */
  leave(): Promise<void>;
}

/** Nodes with membership by SWIM in a simulated network, in virtual time. */
export class SwimMesh {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: SwimNode[] = [];
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
    options: SwimOptions &
      Pick<Partial<SwimDeps>, 'metrics' | 'statements'> & { links?: MemoryLinks } = {},
  ): Promise<SwimNode> {
    const { links = this.network.node(), metrics, statements, ...rest } = options;
    const random = seededRandom(++this.#seed);
    const shared = { ...(metrics && { metrics }), ...(statements && { statements }) };
    const membership = createSwim({ links, clock: links.clock, random, ...shared }, rest);
    const events: string[] = [];
    if (!this.#names.has(links.self.key)) {
      this.#names.set(links.self.key, `n${this.#names.size}`);
    }
    membership.onChange(({ type, member }) => events.push(`${type} ${this.name(member.id)}`));
    const node: SwimNode = {
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
  async startMany(count: number, options: SwimOptions = {}): Promise<SwimNode[]> {
    const seed = await this.start(options);
    const started = [seed];
    for (let i = 1; i < count; i++) {
      started.push(await this.start({ bootstrap: [seed.address], ...options }));
    }
    return started;
  }

  /** Runs until each of `nodes` sees exactly the others alive. */
  async converge(nodes: readonly SwimNode[] = this.nodes, limitMs = 60_000): Promise<void> {
    await this.until(() => nodes.every((node) => seesAll(node, nodes)), limitMs);
  }

  /** Runs until `condition` holds, which is asked every 50 ms only: it may be a costly one. Throws TimeoutError. */
  async until(condition: () => boolean, limitMs = 60_000): Promise<void> {
    const end = this.clock.now() + limitMs;
    while (!condition()) {
      if (this.clock.now() >= end) {
        throw new TimeoutError(`the condition does not hold after ${limitMs} ms of virtual time`);
      }
      await this.clock.advance(50);
    }
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

/** Whether `node` sees exactly the others of `nodes`, all alive. */
export function seesAll(node: SwimNode, nodes: readonly SwimNode[]): boolean {
  const seen = [...node.membership.members()];
  const others = nodes.length - (nodes.includes(node) ? 1 : 0);
  return (
    seen.length === others &&
    seen.every(({ status }) => status === 'alive') &&
    nodes.every((other) => other === node || node.membership.get(other.id)?.status === 'alive')
  );
}
