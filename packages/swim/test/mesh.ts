import {
  type Address,
  type Clock,
  type Logger,
  type Membership,
  type Metrics,
  type NodeId,
  type Random,
  type Startable,
  TimeoutError,
} from '@macula/core';
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
import type { StatementPool } from '../src/swim/statement-pool.ts';
import { createSwim, type Swim } from '../src/swim/swim.ts';
import type { SwimOptions } from '../src/swim/swim-options.ts';

export interface MeshNode<M = Membership & Startable> {
  readonly links: MemoryLinks;
  readonly membership: M;
  /** What its users were told, as `type name`. */
  readonly events: string[];
  readonly id: NodeId;
  readonly address: Address;
  /** Leaves as a process does that ends in good order. */
  leave(): Promise<void>;
}
export type SwimNode = MeshNode<Swim>;
/** At least three nodes, most often: whoever starts fewer does not look at more. */
type Trio<M> = [MeshNode<M>, MeshNode<M>, MeshNode<M>, ...MeshNode<M>[]];

/** What a node may be handed beside its options; `links` make it one that was restarted. */
interface Handed {
  readonly links?: MemoryLinks;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  readonly statements?: StatementPool;
}
type Create<M, Options> = (
  deps: Omit<Handed, 'links'> & { links: MemoryLinks; clock: Clock; random: Random },
  options: Options,
) => M;

/** Nodes with membership of one kind in a simulated network, in virtual time. */
export class Mesh<M extends Membership & Startable, Options extends object> {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: MeshNode<M>[] = [];
  readonly #create: Create<M, Options>;
  readonly #names = new Map<string, string>();
  #seed = 0;

  constructor(create: Create<M, Options>, network: MemoryNetworkOptions) {
    this.#create = create;
    this.network = memoryNetwork({ clock: this.clock, latencyMs: { min: 1, max: 5 }, ...network });
  }

  name(id: NodeId): string {
    return this.#names.get(id.key) ?? id.key.slice(0, 8);
  }

  async start(given: Options & Handed = {} as Options): Promise<MeshNode<M>> {
    const { links = this.network.node(), logger, metrics, statements, ...options } = given;
    const handed = {
      ...(logger && { logger }),
      ...(metrics && { metrics }),
      ...(statements && { statements }),
    };
    const random = seededRandom(++this.#seed);
    const deps = { links, clock: links.clock, random, ...handed };
    const membership = this.#create(deps, options as unknown as Options);
    const events: string[] = [];
    if (!this.#names.has(links.self.key)) {
      this.#names.set(links.self.key, `n${this.#names.size}`);
    }
    membership.onChange(({ type, member }) => events.push(`${type} ${this.name(member.id)}`));
    const node: MeshNode<M> = {
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
  async startMany(count: number, options: Options = {} as Options): Promise<MeshNode<M>[]> {
    const seed = await this.start(options);
    const started = [seed];
    for (let i = 1; i < count; i++) {
      started.push(await this.start({ bootstrap: [seed.address], ...options }));
    }
    return started;
  }

  /** Starts `count` nodes and lets them know one another for a while. */
  async settle(count: number, options: Options = {} as Options): Promise<Trio<M>> {
    const nodes = await this.startMany(count, options);
    await this.converge();
    await this.clock.advance(10_000);
    for (const { events } of nodes) events.length = 0;
    return nodes as unknown as Trio<M>;
  }

  /** Runs until each of `nodes` sees exactly the others alive. */
  async converge(nodes: readonly MeshNode[] = this.nodes, limitMs = 60_000): Promise<void> {
    await this.until(() => isFullMesh(nodes), limitMs);
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

export class SwimMesh extends Mesh<Swim, SwimOptions> {
  constructor(network: MemoryNetworkOptions = {}) {
    super(createSwim, network);
  }
}

export class PeerExchangeMesh extends Mesh<PeerExchange, PeerExchangeOptions> {
  constructor(network: MemoryNetworkOptions = {}) {
    super(createPeerExchange, network);
  }
}

/** Whether `node` sees exactly the others of `nodes`, all alive. */
export function seesAll(node: MeshNode, nodes: readonly MeshNode[]): boolean {
  const seen = [...node.membership.members()];
  const others = nodes.filter((other) => other !== node);
  return (
    seen.length === others.length &&
    seen.every(({ status }) => status === 'alive') &&
    others.every(({ id }) => node.membership.get(id)?.status === 'alive')
  );
}

/** Whether each of `nodes` sees exactly the others alive. */
export function isFullMesh(nodes: readonly MeshNode[]): boolean {
  return nodes.every((node) => seesAll(node, nodes));
}

/** How many changes that begin with `type` any of `nodes` was told. */
export function heard(nodes: readonly MeshNode[], type: string): number {
  return nodes.flatMap(({ events }) => events).filter((event) => event.startsWith(type)).length;
}

/** Names of those whom any of `nodes` has given up. */
export function givenUpBy(nodes: readonly MeshNode[]): Set<string> {
  const failed = nodes
    .flatMap(({ events }) => events)
    .filter((event) => event.startsWith('failed '));
  return new Set(failed.map((event) => event.slice('failed '.length)));
}
