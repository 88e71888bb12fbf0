import type { Address, NodeId, Unsubscribe } from '@macula/core';
import type { HeapClock } from '../clock/virtual-clock.ts';
import type { NetworkConditions } from '../network/conditions.ts';
import type { DeliveryQueue } from '../network/delivery-queue.ts';
import type { HandlerFailure } from '../network/handler-failures.ts';
import type { MemoryLinks } from '../network/memory-links.ts';
import type { MemoryNetworkOptions } from '../network/memory-network.ts';
import {
  addressOf,
  baseClockOf,
  identityOf,
  type MemoryNodeOptions,
} from '../network/memory-node-options.ts';
import { MemoryNode } from '../network/memory-node.ts';
import { hostIn, NetworkGround, type NodeGroup } from '../network/network-ground.ts';
import { NodeClock } from '../network/node-clock.ts';
import type { TrafficStats } from '../network/traffic-stats.ts';
import type { SeededRandom } from '../random/seeded-random.ts';
import { arrivals } from './arrivals.ts';
import { Doorway } from './doorway.ts';
import { FarDialler } from './far-dialler.ts';
import type { NodeMedium } from './half-connection.ts';
import { HalfConnectionTable } from './half-connection-table.ts';
import { atLeast } from './latency-floor.ts';
import { OwnMedium, type SharedMedium } from './node-medium.ts';
import { NodeHalves } from './node-halves.ts';
import { type LocalLife, type NodePlace, NodePlaces } from './node-place.ts';
import { Parcel, ParcelKind, type ParcelLabel, type ParcelReceiver } from './parcel.ts';

/** Options of a sharded network: those of any other, whose clock and chance are the shard's. */
export type ShardNetworkOptions = Omit<MemoryNetworkOptions, 'clock' | 'random'>;

/** A node of a sharded network. */
export interface ShardedNode {
  readonly id: NodeId;
  readonly addresses: readonly Address[];
  /** Undefined where the node lives in another shard. */
  readonly links: MemoryLinks | undefined;
}

/**
 * One shard's part of a network in memory whose nodes are shared out among shards. Every shard must do the same to it at
 * the same time: add the same nodes in the same order, and let the same faults happen.
 */
export interface ShardNetwork {
  /** Adds a node; it lives in the shard that its number, counted from 0, falls to in turn. Throws InvalidArgumentError when its ID or an address is taken. */
  node(options?: MemoryNodeOptions): ShardedNode;
  change(conditions: Partial<NetworkConditions>): void;
  partition(a: NodeGroup, b: NodeGroup, options?: { readonly oneWay?: boolean }): Unsubscribe;
  heal(): void;
  crash(node: NodeId): void;
  /** A new life for a node that has crashed. */
  restart(node: NodeId): ShardedNode;
  pause(node: NodeId): void;
  resume(node: NodeId): void;
  /** Of the nodes of this shard. */
  readonly stats: TrafficStats;
  /** The last 100 handlers and listeners that threw, in this shard. */
  readonly failures: readonly HandlerFailure[];
  /** Stops every node of this shard. */
  stop(): Promise<void>;
}

/** Which shard this is, and what it runs on. */
export interface ShardSite {
  readonly index: number;
  readonly count: number;
  readonly clock: HeapClock;
  readonly random: SeededRandom;
  /** No packet is faster. */
  readonly lookaheadMs: number;
  /** Takes parcels for another shard. */
  readonly sendOff: (shard: number, parcel: Parcel, arrival: number, rank: number) => void;
}

export class NetworkShard
  extends NetworkGround
  implements ShardNetwork, SharedMedium, ParcelReceiver
{
  private readonly site: ShardSite;
  private readonly omniscient: boolean;
  private readonly places = new NodePlaces();
  private readonly arrivals: DeliveryQueue;
  private readonly table: HalfConnectionTable;
  private readonly doorway: Doorway;

  constructor(site: ShardSite, options: ShardNetworkOptions = {}) {
    const { omniscient = false, ...groundOptions } = options;
    super(site.clock, { latencyMs: site.lookaheadMs, ...groundOptions });
    this.site = site;
    this.omniscient = omniscient;
    this.raiseLatency();
    this.arrivals = arrivals(site.clock);
    this.table = new HalfConnectionTable(site.clock, this.limits);
    this.doorway = new Doorway(this.places, this.table, this.topology);
  }

  node(options: MemoryNodeOptions = {}): ShardedNode {
    const index = this.places.all.length;
    // Drawn in every shard, wherever the node lives.
    const random = this.site.random.fork();
    const identity = identityOf(
      options,
      (length) => random.bytes(length),
      () => addressOf(index + 1),
    );
    const place: NodePlace = {
      index,
      identity,
      clock: baseClockOf(this.clock, options),
      host: this.remoteHost(identity.self),
      local: undefined,
    };
    this.places.add(place);
    if (index % this.site.count === this.site.index) {
      const medium = new OwnMedium(this, this.arrivals, index, random);
      const dialler = new FarDialler(this.places, place, this.omniscient, ({ plan }) =>
        this.table.begin({
          number: plan.number,
          owner: place,
          peer: plan.target as NodePlace,
          initiator: true,
          remoteAddress: plan.address,
        }),
      );
      this.live(place, medium, dialler);
    }
    return shown(place);
  }

  override change(conditions: Partial<NetworkConditions>): void {
    super.change(conditions);
    if (conditions.latencyMs !== undefined) this.raiseLatency();
  }

  crash(id: NodeId): void {
    const { host, local } = this.known(id, ['running', 'paused']);
    if (local === undefined) host.condition = 'crashed';
    else {
      local.node.crash();
      local.dialler.forget();
      this.table.vanish(local);
    }
    this.table.review();
  }

  restart(id: NodeId): ShardedNode {
    const place = this.known(id, ['crashed']);
    if (place.local === undefined) place.host = this.remoteHost(id);
    else this.live(place, place.local.medium, place.local.dialler);
    return shown(place);
  }

  pause(id: NodeId): void {
    const { host, local } = this.known(id, ['running']);
    host.condition = 'paused';
    local?.node.clock.pause();
    this.table.review();
  }

  resume(id: NodeId): void {
    const { host, local } = this.known(id, ['paused']);
    host.condition = 'running';
    local?.node.clock.resume();
    this.table.review();
  }

  async stop(): Promise<void> {
    for (const { host, identity } of this.places.all) {
      if (host.condition === 'paused') this.resume(identity.self);
    }
    await Promise.all(this.places.all.map(async ({ local }) => local?.node.stop()));
  }

  dispatch(parcel: Parcel, arrival: number, rank: number): void {
    const shard = parcel.to % this.site.count;
    if (shard === this.site.index) this.arrivals.schedule(parcel, arrival, rank);
    else this.site.sendOff(shard, parcel, arrival, rank);
  }

  /** A parcel for a node of this shard is under way. */
  expect(label: ParcelLabel, body: Uint8Array, arrival: number, rank: number): void {
    this.arrivals.schedule(new Parcel(label, body, this), arrival, rank);
  }

  receive(parcel: Parcel): void {
    const { kind, from, to, connection } = parcel;
    const place = this.places.numbered(to);
    const life = place.local as LocalLife;
    if (kind === ParcelKind.dial || kind === ParcelKind.knock) this.doorway.dialled(parcel);
    else if (kind > ParcelKind.refused) life.halves.find(from, connection)?.receive(parcel);
    else if (this.doorway.passes(this.places.numbered(from), place)) life.dialler.answered(parcel);
  }

  protected review(): void {
    this.table.review();
  }

  /** No packet is faster than the lookahead. */
  private raiseLatency(): void {
    const latencyMs = atLeast(this.site.lookaheadMs, this.conditions.latencyMs);
    this.conditions = { ...this.conditions, latencyMs };
  }

  private live(place: NodePlace, medium: NodeMedium, dialler: FarDialler): void {
    const node = new MemoryNode(
      medium,
      dialler,
      place.identity,
      place.clock,
      new NodeClock(place.clock),
    );
    place.host = node;
    place.local = { node, medium, dialler, halves: new NodeHalves(this.table) };
  }

  private remoteHost(self: NodeId): NodePlace['host'] {
    const { stats } = this;
    return {
      self,
      condition: 'running',
      get traffic() {
        return stats.tallyOf(self);
      },
    };
  }

  private known(id: NodeId, conditions: readonly NodePlace['host']['condition'][]): NodePlace {
    const place = this.places.find(id);
    hostIn(place?.host, id, conditions);
    return place as NodePlace;
  }
}

function shown({ identity, local }: NodePlace): ShardedNode {
  return { id: identity.self, addresses: identity.localAddresses, links: local?.node };
}
