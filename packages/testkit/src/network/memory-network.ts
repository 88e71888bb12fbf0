import {
  type Address,
  type Clock,
  formatAddress,
  InvalidArgumentError,
  NodeId,
  type Random,
  systemClock,
  type Unsubscribe,
} from '@macula/core';
import { FrameWriter } from '@macula/wire';
import { skewedClock } from '../clock/skewed-clock.ts';
import { seededRandom } from '../random/seeded-random.ts';
import { BurstMemory } from './burst-memory.ts';
import { changeConditions, type NetworkConditions, perfectConditions } from './conditions.ts';
import { ConnectionTable } from './connection-table.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { Dialler } from './dialler.ts';
import { FrameReader } from './frame-reader.ts';
import { type LinkLimits, linkLimits } from './link-limits.ts';
import type { FrameObserver, HandlerFailure, Medium } from './medium.ts';
import type { MemoryLinks, NodeIdentity } from './memory-links.ts';
import { MemoryNode } from './memory-node.ts';
import { NodeClock } from './node-clock.ts';
import { SendTurn } from './send-turn.ts';
import { Topology } from './topology.ts';
import { TrafficStats } from './traffic-stats.ts';

/** One node or several. */
export type NodeGroup = NodeId | Iterable<NodeId>;

export interface MemoryNetworkOptions extends Partial<NetworkConditions>, Partial<LinkLimits> {
  /** Default: the system's, so that the network works in real time. */
  readonly clock?: Clock;
  /** Default: seeded with 1. */
  readonly random?: Random;
  /** Every node knows every other's addresses without learn(). Default false. */
  readonly omniscient?: boolean;
  /** Is told of every frame that arrives on a shared stream or as a datagram. */
  readonly onFrame?: FrameObserver;
}

export interface MemoryNodeOptions {
  /** Default: drawn from the network's random source. */
  readonly id?: NodeId;
  /** Default: one address of its own in 10.0.0.0/8. An empty list makes a node that cannot be dialled. */
  readonly addresses?: readonly Address[];
  /** Nodes of different realms refuse one another. Default `test`. */
  readonly realm?: string;
  /** Features of the node; a link has those of both sides. Default none. */
  readonly features?: readonly string[];
  /**
   * Names the NAT that the node is behind: only nodes behind the same one can open links to it; it can open links to
   * everybody. Default: none.
   */
  readonly nat?: string;
  /** How far the node's clock is ahead of the network's, in milliseconds. Default 0. */
  readonly clockOffsetMs?: number;
  /** How fast the node's clock runs. Default 1. */
  readonly clockRate?: number;
}

/** A network in memory: any number of nodes whose links keep core's contract under the conditions you choose. */
export interface MemoryNetwork {
  /** Adds a node. Throws InvalidArgumentError when its ID or an address is taken by a running one. */
  node(options?: NodeId | MemoryNodeOptions): MemoryLinks;
  /** What the network does to packets from now on. */
  change(conditions: Partial<NetworkConditions>): void;
  /** Back to the conditions that the network was made with. */
  calm(): void;
  /**
   * Cuts `a` off from `b`: datagrams vanish, reliable frames wait, and links close with `silent` once
   * they were cut for the silence limit. With `oneWay`, only what `a` sends to `b` is stopped. The
   * result undoes this cut.
   */
  partition(a: NodeGroup, b: NodeGroup, options?: { readonly oneWay?: boolean }): Unsubscribe;
  /** Undoes all partitions. */
  heal(): void;
  /** Ends a node as kill -9 or a power cut does: its timers never fire again, its peers notice by its silence. */
  crash(node: NodeId): void;
  /** A new life for a node that has crashed or stopped: same ID, addresses and realm, nothing else. */
  restart(node: NodeId): MemoryLinks;
  /** Lets a node's event loop stand still, as SIGSTOP does: what arrives waits, its timers wait. */
  pause(node: NodeId): void;
  resume(node: NodeId): void;
  /** Frames and bytes, in all and per node. */
  readonly stats: TrafficStats;
  /** The last 100 handlers and listeners that threw. */
  readonly failures: readonly HandlerFailure[];
  /** Stops every node. */
  stop(): Promise<void>;
}

const keptFailures = 100;

/** Creates a network in memory. Throws InvalidArgumentError for conditions or limits out of range. */
export function memoryNetwork(options: MemoryNetworkOptions = {}): MemoryNetwork {
  return new SimulatedNetwork(options);
}

class SimulatedNetwork implements MemoryNetwork, Medium {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LinkLimits;
  readonly deliveries: DeliveryQueue;
  readonly sendTurn: SendTurn;
  readonly topology = new Topology();
  readonly stats = new TrafficStats();
  readonly bursts = new BurstMemory();
  readonly writer = new FrameWriter();
  readonly frameReader: FrameReader;
  readonly onFrame: FrameObserver | undefined;
  readonly failures: HandlerFailure[] = [];
  conditions: NetworkConditions;
  private readonly calmConditions: NetworkConditions;
  private readonly nodes = new Map<string, MemoryNode>();
  private readonly listeners = new Map<string, MemoryNode>();
  private readonly connections: ConnectionTable;
  private readonly dialler: Dialler;
  private addressesGiven = 0;

  constructor(options: MemoryNetworkOptions) {
    const {
      clock = systemClock,
      random = seededRandom(1),
      omniscient = false,
      onFrame,
      ...rest
    } = options;
    const [conditions, limits] = separate(rest);
    this.clock = clock;
    this.random = random;
    this.onFrame = onFrame;
    this.calmConditions = changeConditions(perfectConditions, conditions);
    this.conditions = this.calmConditions;
    this.limits = linkLimits(limits);
    this.deliveries = new DeliveryQueue(clock);
    this.sendTurn = new SendTurn(clock);
    this.frameReader = new FrameReader(this.limits.frameBytes);
    this.connections = new ConnectionTable(this);
    this.dialler = new Dialler(this, {
      nodeAt: (address) => this.listeners.get(formatAddress(address)),
      endBetween: (dialler, responder, address, paths) =>
        this.connections.endBetween(dialler, responder, address, paths),
      addressesOf: (peer) => (omniscient ? (this.nodes.get(peer.key)?.localAddresses ?? []) : []),
    });
  }

  node(options: NodeId | MemoryNodeOptions = {}): MemoryLinks {
    const wanted = options instanceof NodeId ? { id: options } : options;
    const identity: NodeIdentity = {
      self: wanted.id ?? NodeId.fromBytes(this.random.bytes(NodeId.byteLength)),
      localAddresses: wanted.addresses ?? [addressOf(++this.addressesGiven)],
      realm: wanted.realm ?? 'test',
      features: wanted.features ?? [],
      nat: wanted.nat,
    };
    const { clockOffsetMs = 0, clockRate = 1 } = wanted;
    const clock =
      clockOffsetMs === 0 && clockRate === 1
        ? this.clock
        : skewedClock(this.clock, clockOffsetMs, clockRate);
    return this.start(identity, clock);
  }

  change(conditions: Partial<NetworkConditions>): void {
    this.conditions = changeConditions(this.conditions, conditions);
  }

  calm(): void {
    this.conditions = this.calmConditions;
  }

  partition(a: NodeGroup, b: NodeGroup, options: { oneWay?: boolean } = {}): Unsubscribe {
    const undo = this.topology.cut(keysOf(a), keysOf(b), options.oneWay !== true);
    this.connections.reviewAll();
    return () => {
      undo();
      this.connections.reviewAll();
    };
  }

  heal(): void {
    this.topology.heal();
    this.connections.reviewAll();
  }

  crash(id: NodeId): void {
    const node = this.known(id, ['running', 'paused']);
    node.crash();
    this.dialler.forget(node);
    this.connections.reviewOf(node);
  }

  restart(id: NodeId): MemoryLinks {
    const before = this.known(id, ['crashed', 'stopped']);
    return this.start(before.identity, before.baseClock);
  }

  pause(id: NodeId): void {
    const node = this.known(id, ['running']);
    node.condition = 'paused';
    node.clock.pause();
    this.connections.reviewOf(node);
  }

  resume(id: NodeId): void {
    const node = this.known(id, ['paused']);
    node.condition = 'running';
    node.clock.resume();
    this.connections.reviewOf(node);
  }

  async stop(): Promise<void> {
    const nodes = [...this.nodes.values()];
    for (const node of nodes) if (node.condition === 'paused') this.resume(node.self);
    await Promise.all(nodes.map((node) => node.stop()));
  }

  report(failure: HandlerFailure): void {
    this.failures.push(failure);
    if (this.failures.length > keptFailures) this.failures.shift();
  }

  private start(identity: NodeIdentity, clock: Clock): MemoryNode {
    const before = this.nodes.get(identity.self.key);
    if (before?.condition === 'running' || before?.condition === 'paused') {
      throw new InvalidArgumentError(`node ${identity.self.key} runs already`);
    }
    const addresses = identity.localAddresses.map(formatAddress);
    for (const address of addresses) {
      const holder = this.listeners.get(address);
      if (holder !== undefined && holder !== before) {
        throw new InvalidArgumentError(`address ${address} belongs to node ${holder.self.key}`);
      }
    }
    const node = new MemoryNode(this, this.dialler, identity, clock, new NodeClock(clock));
    this.nodes.set(identity.self.key, node);
    for (const address of addresses) this.listeners.set(address, node);
    return node;
  }

  private known(id: NodeId, conditions: readonly MemoryNode['condition'][]): MemoryNode {
    const node = this.nodes.get(id.key);
    if (node === undefined) throw new InvalidArgumentError(`node ${id.key} is not in the network`);
    if (!conditions.includes(node.condition)) {
      throw new InvalidArgumentError(
        `node ${id.key} is ${node.condition}, which allows this only when ${conditions.join(' or ')}`,
      );
    }
    return node;
  }
}

/** The address that the `n`th node has if it is given none. */
export function addressOf(n: number): Address {
  return { host: `10.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`, port: 4433 };
}

/** The IDs' keys. */
export function keysOf(group: NodeGroup): string[] {
  return group instanceof NodeId ? [group.key] : Array.from(group, (id) => id.key);
}

/** Tells conditions from limits. */
export function separate(
  options: Partial<NetworkConditions> & Partial<LinkLimits>,
): [Partial<NetworkConditions>, Partial<LinkLimits>] {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  const isCondition = ([name]: [string, unknown]): boolean => name in perfectConditions;
  return [
    Object.fromEntries(entries.filter(isCondition)) as Partial<NetworkConditions>,
    Object.fromEntries(entries.filter((entry) => !isCondition(entry))) as Partial<LinkLimits>,
  ];
}
