import {
  type Clock,
  formatAddress,
  InvalidArgumentError,
  NodeId,
  type Random,
  systemClock,
  type Unsubscribe,
} from '@macula/core';
import { seededRandom } from '../random/seeded-random.ts';
import type { NetworkConditions } from './conditions.ts';
import { ConnectionTable } from './connection-table.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { Dialler } from './dialler.ts';
import type { HandlerFailure } from './handler-failures.ts';
import type { Medium } from './medium.ts';
import type { MemoryLinks, NodeIdentity } from './memory-links.ts';
import {
  addressOf,
  baseClockOf,
  identityOf,
  type MemoryNodeOptions,
} from './memory-node-options.ts';
import { MemoryNode } from './memory-node.ts';
import { type GroundOptions, hostIn, NetworkGround, type NodeGroup } from './network-ground.ts';
import { NodeClock } from './node-clock.ts';
import { SendTurn } from './send-turn.ts';
import type { TrafficStats } from './traffic-stats.ts';

export interface MemoryNetworkOptions extends GroundOptions {
  /** Default: the system's, so that the network works in real time. */
  readonly clock?: Clock;
  /** Default: seeded with 1. */
  readonly random?: Random;
  /** Every node knows every other's addresses without learn(). Default false. */
  readonly omniscient?: boolean;
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

/** Creates a network in memory. Throws InvalidArgumentError for conditions or limits out of range. */
export function memoryNetwork(options: MemoryNetworkOptions = {}): MemoryNetwork {
  return new SimulatedNetwork(options);
}

class SimulatedNetwork extends NetworkGround implements MemoryNetwork, Medium {
  readonly random: Random;
  readonly deliveries: DeliveryQueue;
  readonly sendTurn: SendTurn;
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
      ...groundOptions
    } = options;
    super(clock, groundOptions);
    this.random = random;
    this.calmConditions = this.conditions;
    this.deliveries = new DeliveryQueue(clock);
    this.sendTurn = new SendTurn(clock);
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
    const identity = identityOf(
      wanted,
      (length) => this.random.bytes(length),
      () => addressOf(++this.addressesGiven),
    );
    return this.start(identity, baseClockOf(this.clock, wanted));
  }

  calm(): void {
    this.conditions = this.calmConditions;
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

  protected review(): void {
    this.connections.reviewAll();
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
    return hostIn(this.nodes.get(id.key), id, conditions);
  }
}
