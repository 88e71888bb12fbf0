import type { Clock, Link, NodeId, Timer } from '@macula/core';
import { retransmitLimit } from './retransmit-limit.ts';
import type { Rumour } from './rumour.ts';
import { RumourQueue } from './rumour-queue.ts';
import type { StatementPool } from './statement-pool.ts';
import { sendEitherWay, type SwimFrames } from './swim-frames.ts';

/** Bytes of rumours in one frame, so that it fits into one datagram. */
const datagramBudget = 1_000;
/** Bytes of rumours in one frame on a stream. */
const streamBudget = 64 * 1024;

export interface GossipOptions {
  readonly gossipIntervalMs: number;
  readonly gossipNodes: number;
  readonly retransmitMult: number;
  readonly capacity: number;
  readonly members: () => number;
  /** Every rumour is told at least so often. */
  readonly minTimes: () => number;
  readonly audience: (count: number) => readonly Link[];
}

const nothing: readonly Uint8Array[] = [];

/** Spreads news: piggybacked on probes and, while there is any, in rounds of its own. */
export class Gossip {
  readonly #clock: Clock;
  readonly #frames: SwimFrames;
  readonly #statements: StatementPool;
  readonly #options: GossipOptions;
  readonly #queue: RumourQueue;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    deps: {
      readonly clock: Clock;
      readonly frames: SwimFrames;
      readonly statements: StatementPool;
    },
    options: GossipOptions,
  ) {
    this.#clock = deps.clock;
    this.#frames = deps.frames;
    this.#statements = deps.statements;
    this.#options = options;
    this.#queue = new RumourQueue(options.capacity);
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Passes on what `from` has told, or this node itself has to say. */
  spread(rumour: Rumour, from?: string): void {
    if (this.#stopped) return;
    this.#queue.put(rumour.id.key, this.#statements.encode(rumour), from);
    this.#timer ??= this.#arm();
  }

  /** The rumours among those that `from` has sent that are not being passed on already. Throws ProtocolError. */
  unheard(rumours: readonly Uint8Array[], from: string): readonly Rumour[] {
    return rumours
      .filter((bytes) => !this.#queue.holds(bytes, from))
      .map((bytes) => this.#statements.decode(bytes));
  }

  /** Rumours to go along with a probe or an answer to `peer`: `first`, and as much news as fits beside it. */
  piggyback(peer: NodeId, first?: Rumour): readonly Uint8Array[] {
    // As nearly always: nobody is suspected, and all is quiet.
    if (first === undefined && this.#queue.size === 0) return nothing;
    const own = first === undefined ? [] : [this.#statements.encode(first)];
    const budget = datagramBudget - (own[0]?.length ?? 0);
    return [...own, ...this.#take(budget, peer)];
  }

  /** Tells `rumours` to one peer, for certain while its link lives; false when its queue is full. */
  tell(link: Link, rumours: Iterable<Rumour>): boolean {
    let batch: Uint8Array[] = [];
    let size = 0;
    for (const rumour of rumours) {
      const bytes = this.#statements.encode(rumour);
      batch.push(bytes);
      size += bytes.length;
      if (size < streamBudget) continue;
      if (!link.send(this.#frames.gossip(batch))) return false;
      batch = [];
      size = 0;
    }
    return batch.length === 0 || link.send(this.#frames.gossip(batch));
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#queue.clear();
  }

  #take(budget: number, peer: NodeId): Uint8Array[] {
    const { members, minTimes, retransmitMult } = this.#options;
    if (this.#queue.size === 0) return [];
    const limit = Math.max(minTimes(), retransmitLimit(members(), retransmitMult));
    return this.#queue.take(budget, limit, peer.key);
  }

  #arm(): Timer {
    return this.#clock.setTimer(() => this.#round(), this.#options.gossipIntervalMs, {
      background: true,
    });
  }

  #round(): void {
    for (const link of this.#options.audience(this.#options.gossipNodes)) {
      // Much news at once, as when half of a mesh is gone, is not worth a hundred datagrams.
      const much = this.#queue.bytes > 2 * datagramBudget;
      const rumours = this.#take(much ? streamBudget : datagramBudget, link.peer);
      if (rumours.length > 0) sendEitherWay(link, this.#frames.gossip(rumours));
    }
    this.#timer = this.#queue.size > 0 ? this.#arm() : undefined;
  }
}
