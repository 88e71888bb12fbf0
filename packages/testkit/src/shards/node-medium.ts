import type { Clock, Random } from '@macula/core';
import type { FrameWriter } from '@macula/wire';
import type { BurstMemory } from '../network/burst-memory.ts';
import type { NetworkConditions } from '../network/conditions.ts';
import type { DeliveryQueue } from '../network/delivery-queue.ts';
import type { FrameReader } from '../network/frame-reader.ts';
import type { HandlerFailure } from '../network/handler-failures.ts';
import type { LinkLimits } from '../network/link-limits.ts';
import type { FrameObserver, Medium } from '../network/medium.ts';
import { SendTurn } from '../network/send-turn.ts';
import type { Topology } from '../network/topology.ts';
import type { TrafficStats } from '../network/traffic-stats.ts';
import { Departures } from './arrivals.ts';
import type { NodeMedium, Posted } from './half-connection.ts';
import { Parcel, type ParcelReceiver } from './parcel.ts';

/** What the nodes of a shard share. */
export interface SharedMedium
  extends Omit<Medium, 'deliveries' | 'sendTurn' | 'random'>, ParcelReceiver {
  /** Takes a parcel to where it goes. */
  dispatch(parcel: Parcel, arrival: number, rank: number): void;
}

/** One node's view of its network: chance and turns of its own, so that no other node's doings change what it does. */
export class OwnMedium implements NodeMedium {
  readonly random: Random;
  readonly sendTurn: SendTurn;
  readonly deliveries: Departures;
  readonly clock: Clock;
  readonly limits: LinkLimits;
  readonly topology: Topology;
  readonly stats: TrafficStats;
  readonly frameReader: FrameReader;
  readonly bursts: BurstMemory;
  readonly writer: FrameWriter;
  readonly onFrame: FrameObserver | undefined;
  private readonly shared: SharedMedium;
  private readonly index: number;

  constructor(shared: SharedMedium, arrivals: DeliveryQueue, index: number, random: Random) {
    this.shared = shared;
    this.index = index;
    this.random = random;
    this.clock = shared.clock;
    this.sendTurn = new SendTurn(shared.clock);
    this.deliveries = new Departures(arrivals, index);
    this.limits = shared.limits;
    this.topology = shared.topology;
    this.stats = shared.stats;
    this.frameReader = shared.frameReader;
    this.bursts = shared.bursts;
    this.writer = shared.writer;
    this.onFrame = shared.onFrame;
  }

  get conditions(): NetworkConditions {
    return this.shared.conditions;
  }

  report(failure: HandlerFailure): void {
    this.shared.report(failure);
  }

  post(to: number, { kind, connection, channel }: Posted, body: Uint8Array, arrival: number): void {
    const { index: from, deliveries, shared } = this;
    const label = { kind, from, to, connection, channel, sentAt: deliveries.now() };
    shared.dispatch(new Parcel(label, body, shared), arrival, deliveries.nextRank());
  }
}
