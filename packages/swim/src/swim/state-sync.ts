import {
  AbortedError,
  type Clock,
  type Link,
  ProtocolError,
  type Random,
  type Timer,
} from '@macula/core';
import { decodeMessage, FrameKind, SwimSync, SwimSyncAnswer } from '@macula/wire';
import type { Gossip } from './gossip.ts';
import type { Origin } from './hearing.ts';
import { bucketOf, digestBits } from './member-digest.ts';
import type { Rumour } from './rumour.ts';
import type { StatementPool } from './statement-pool.ts';
import type { MemberView, SwimMember } from './swim-member.ts';
import type { SwimMetrics } from './swim-metrics.ts';
import { syncInterval } from './sync-interval.ts';

/** Bytes of rumours in one answer. */
const answerBudget = 256 * 1024;
/** Answers that one comparison may need; what then still differs waits for the next. */
const maxRounds = 32;
/** Bits with which a node compares that knows nobody yet and may be about to learn of thousands. */
const joiningBits = 8;
const requestTimeoutMs = 5_000;
/** The highest resolution that is accepted. */
const maxBits = 12;

export interface StateSyncDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly gossip: Gossip;
  readonly statements: StatementPool;
  readonly metrics: SwimMetrics;
  readonly memberOf: (key: string) => SwimMember | undefined;
}

export interface StateSyncOptions {
  readonly syncIntervalMs: number;
  readonly self: () => Rumour;
  readonly all: () => Iterable<SwimMember>;
  /** Digests of `self` and of all who are alive or suspect. */
  readonly digests: (bits: number, self: MemberView) => Uint32Array;
  readonly presentCount: () => number;
  readonly partner: () => Link | undefined;
  /** Takes what another node knows. */
  readonly hear: (rumours: readonly Rumour[], origin: Origin) => void;
}

/**
 * Compares what two nodes know and levels it, like memberlist's push/pull; but digests of buckets go first, so that
 * two nodes that agree exchange a few bytes per bucket only, however large the mesh is.
 */
export class StateSync {
  readonly #deps: StateSyncDeps;
  readonly #options: StateSyncOptions;
  /** What ends each comparison that is going on. */
  readonly #busy = new Map<Link, AbortController>();
  #timer: Timer | undefined;

  constructor(deps: StateSyncDeps, options: StateSyncOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    for (const abort of this.#busy.values()) abort.abort(new AbortedError('membership stops'));
  }

  /** Compares with the peer of `link`, unless that is going on. Throws what `Link.request` throws, and ProtocolError. */
  async with(link: Link): Promise<void> {
    if (this.#busy.has(link)) return;
    const abort = new AbortController();
    this.#busy.set(link, abort);
    this.#deps.metrics.syncs.inc();
    try {
      const joining = this.#options.presentCount() === 0;
      for (let round = 0; round < maxRounds; round++) {
        if (!(await this.#round(link, joining, abort.signal))) return;
      }
    } catch (error) {
      this.#deps.metrics.failedSyncs.inc();
      throw error;
    } finally {
      this.#busy.delete(link);
    }
  }

  /** Answers a peer's comparison. Throws ProtocolError. */
  answer(body: Uint8Array): Uint8Array {
    const { bits, digests, self: asker } = decodeMessage(SwimSync, body, 'comparison of members');
    if (bits > maxBits || digests.length !== 2 ** bits) {
      throw new ProtocolError(`a comparison has ${digests.length} digests for ${bits} bits`);
    }
    const asking = this.#deps.statements.decode(asker);
    const self = this.#options.self();
    const own = this.#options.digests(bits, self);
    // Before the asker is taken itself: of it, it knows best.
    const differing = new Set<number>();
    for (const [bucket, digest] of own.entries()) {
      if (digest !== digests[bucket]) differing.add(bucket);
    }
    const rumours: Uint8Array[] = [this.#deps.statements.encode(self)];
    const { buckets, more } = this.#collect(differing, bits, rumours);
    this.#options.hear([asking], {});
    return SwimSyncAnswer.encode({ rumours, buckets, more }).finish();
  }

  /** Returns whether another round is needed. */
  async #round(link: Link, joining: boolean, signal: AbortSignal): Promise<boolean> {
    const { all, hear, presentCount } = this.#options;
    const bits = joining ? joiningBits : digestBits(presentCount());
    const self = this.#options.self();
    const body = SwimSync.encode({
      bits,
      digests: Array.from(this.#options.digests(bits, self)),
      self: this.#deps.statements.encode(self),
    }).finish();
    const response = await link.request(FrameKind.swimSync, body, {
      timeout: requestTimeoutMs,
      signal,
    });
    const { rumours, buckets, more } = decodeMessage(
      SwimSyncAnswer,
      response,
      'comparison of members',
    );
    const covered = new Set(buckets);
    const own: Rumour[] = [];
    for (const member of covered.size === 0 ? [] : all()) {
      const theirs = member.id.equals(link.peer);
      if (theirs || !covered.has(bucketOf(member.id, bits))) continue;
      own.push(...member.rumours().map(asSuspicion));
    }
    const known = presentCount();
    hear(
      rumours.map((bytes) => this.#doubted(this.#deps.statements.decode(bytes))),
      { from: link.peer.key, quiet: joining },
    );
    if (own.length > 0 && !this.#deps.gossip.tell(link, own)) return false;
    // Of a bucket too large for one answer comes a part, in which there may be nobody new.
    return more && (buckets.length > 0 || presentCount() > known);
  }

  /** Fills `rumours` bucket by bucket up to the budget, from a random bucket on; returns the buckets that are complete. */
  #collect(
    wanted: ReadonlySet<number>,
    bits: number,
    rumours: Uint8Array[],
  ): { buckets: number[]; more: boolean } {
    const byBucket = new Map<number, SwimMember[]>([...wanted].map((bucket) => [bucket, []]));
    for (const member of wanted.size === 0 ? [] : this.#options.all()) {
      byBucket.get(bucketOf(member.id, bits))?.push(member);
    }
    const order = [...byBucket.keys()];
    const first = this.#deps.random.integer(Math.max(1, order.length));
    const buckets: number[] = [];
    let size = 0;
    for (let i = 0; i < order.length; i++) {
      const bucket = order[(first + i) % order.length] as number;
      for (const member of byBucket.get(bucket) ?? []) {
        if (size >= answerBudget) return { buckets, more: true };
        for (const rumour of member.rumours()) {
          const bytes = this.#deps.statements.encode(rumour);
          size += bytes.length;
          rumours.push(bytes);
        }
      }
      buckets.push(bucket);
    }
    return { buckets, more: false };
  }

  /** What another knows, taken as it is meant here: who has been a suspect in this incarnation has had its chance to object. */
  #doubted(rumour: Rumour): Rumour {
    const known = this.#deps.memberOf(rumour.id.key);
    const standsTrial = known?.status === 'suspect' && known.incarnation === rumour.incarnation;
    return standsTrial ? rumour : asSuspicion(rumour);
  }

  #schedule(): void {
    const { clock, random } = this.#deps;
    const interval = syncInterval(this.#options.presentCount(), this.#options.syncIntervalMs);
    this.#timer = clock.setTimer(
      () => {
        const link = this.#options.partner();
        // What breaks off is counted, and made good by a later one.
        if (link !== undefined) this.with(link).catch(() => undefined);
        this.#schedule();
      },
      interval * (0.5 + random.next()),
      { background: true },
    );
  }
}

/**
 * A failure that is told in a comparison may be old news, as after a partition: the member shall have a chance to object
 * (memberlist's mergeState takes it for a suspicion as well).
 */
function asSuspicion(rumour: Rumour): Rumour {
  return rumour.status === 'failed' ? { ...rumour, status: 'suspect' } : rumour;
}
