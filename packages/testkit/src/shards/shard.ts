import { deserialize, serialize } from 'node:v8';
import { InvalidArgumentError } from '@macula/core';
import { HeapClock, type VirtualClock } from '../clock/virtual-clock.ts';
import { seededRandom } from '../random/seeded-random.ts';
import type { Meeting } from './meeting.ts';
import { ParcelBag, unpack } from './parcel-bag.ts';
import { NetworkShard, type ShardNetwork, type ShardNetworkOptions } from './shard-network.ts';

export interface ShardOptions extends ShardNetworkOptions {
  /**
   * No packet takes less than so many milliseconds: so long shards run without word from each other. The longer, the
   * less they wait.
   */
  readonly lookaheadMs: number;
  /** Where the network's chance comes from. Default 1. */
  readonly seed?: number;
}

/**
 * One of several that run a simulation together. All run the same program: they add the same nodes, let the same faults
 * happen, and move time by the same steps; each runs the nodes that live in it.
 */
export interface Shard {
  readonly index: number;
  readonly count: number;
  /** Reads time and sets timers; only `advance` moves it. */
  readonly clock: Pick<VirtualClock, 'now' | 'wallTime' | 'setTimer' | 'defer' | 'pendingTimers'>;
  readonly network: ShardNetwork;
  /** Moves time by `ms` in all shards. Rejects with what a timer's callback throws here. */
  advance(ms: number): Promise<void>;
  /** What all shards have to say, by their numbers: anything that structured cloning copies. */
  gather<T>(value: T): Promise<T[]>;
}

/**
 * A shard that meets the others at `meeting`. They go on in windows no longer than the lookahead from the earliest event
 * anywhere, in which no shard can learn of anything that another does (conservative windows, as in Nicol's YAWNS: "The cost of
 * conservative synchronization in parallel discrete event simulations", JACM 40(2), 1993).
 */
export function createShard(
  meeting: Meeting,
  { lookaheadMs, seed = 1, ...options }: ShardOptions,
): Shard {
  if (!(lookaheadMs > 0)) {
    throw new InvalidArgumentError(`the lookahead must be above 0 ms, got ${lookaheadMs}`);
  }
  return new MeetingShard(meeting, lookaheadMs, seed, options);
}

class MeetingShard implements Shard {
  readonly clock = new HeapClock();
  readonly network: NetworkShard;
  private readonly meeting: Meeting;
  private readonly lookaheadMs: number;
  private readonly bags: readonly ParcelBag[];

  constructor(meeting: Meeting, lookaheadMs: number, seed: number, options: ShardNetworkOptions) {
    this.meeting = meeting;
    this.lookaheadMs = lookaheadMs;
    this.bags = Array.from({ length: meeting.count }, () => new ParcelBag());
    this.network = new NetworkShard(
      {
        index: meeting.index,
        count: meeting.count,
        clock: this.clock,
        random: seededRandom(seed),
        lookaheadMs,
        sendOff: (shard, ...parcel) => this.bags[shard]?.add(...parcel),
      },
      options,
    );
  }

  get index(): number {
    return this.meeting.index;
  }

  get count(): number {
    return this.meeting.count;
  }

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new InvalidArgumentError(`time moves forwards only, not by ${ms} ms`);
    const end = this.clock.now() + ms;
    for (let earliest = this.clock.now(); earliest <= end; earliest = await this.exchange()) {
      const horizon = earliest + this.lookaheadMs;
      // What happens at the horizon itself may depend on what others do now.
      await this.clock.advanceTo(horizon > end ? end : justBefore(horizon));
    }
    await this.clock.advanceTo(end);
  }

  async gather<T>(value: T): Promise<T[]> {
    const own = serialize(value);
    const brought = this.bags.map((_bag, shard) =>
      shard === this.index ? undefined : new Uint8Array(own),
    );
    const { parcels } = await this.meeting.meet({ parcels: brought, nextMs: 0 });
    return this.bags.map((_bag, shard) => deserialize(parcels[shard] ?? own) as T);
  }

  /** Hands over what is for others and takes what is for this one; returns when something happens next anywhere. */
  private async exchange(): Promise<number> {
    const nextMs = Math.min(this.clock.nextTime, ...this.bags.map(({ earliest }) => earliest));
    const parcels = this.bags.map((bag) => bag.take());
    const taken = await this.meeting.meet({ parcels, nextMs });
    for (const bytes of taken.parcels) {
      if (bytes === undefined) continue;
      unpack(bytes, (label, body, arrival, rank) => {
        this.network.expect(label, body, arrival, rank);
      });
    }
    return taken.nextMs;
  }
}

/** The number next to `time`, or next but one, below it. */
function justBefore(time: number): number {
  return time * (1 - Number.EPSILON);
}
