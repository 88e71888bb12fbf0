import type {
  Clock,
  FrameView,
  Link,
  Links,
  Logger,
  Membership,
  NodeId,
  Random,
  Timer,
  Unsubscribe,
} from '@macula/core';
import { FrameKind } from '@macula/wire';
import {
  digestFrame,
  type Position,
  readDigest,
  readEntries,
  readWanted,
  wantedFrame,
} from './directory-frames.ts';
import type { DirectoryMetrics } from './directory-metrics.ts';
import { EntryFeed } from './entry-feed.ts';
import type { EntryStore } from './entry-store.ts';
import type { OwnEntries } from './own-entries.ts';
import { PageMaker } from './page-maker.ts';
import { Replica } from './replica.ts';
import type { ReplicatedDirectorySettings } from './replicated-directory-options.ts';

export interface ReplicationDeps {
  readonly links: Links;
  readonly membership: Membership;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: DirectoryMetrics;
  readonly store: EntryStore;
  readonly own: OwnEntries;
}

/**
 * Epochs are wall-clock times, and clocks may be put back. A claim of a life of this node that began farther in the future than
 * this, in milliseconds, is a lie: believing it would leave no room for later lives.
 */
const furthestAheadMs = 365 * 24 * 3_600_000;

interface OpenLink {
  readonly feed: EntryFeed;
  readonly subscriptions: Unsubscribe[];
}

/**
 * When a link opens, both sides send a digest: how far their own entries go, and how far they hold the
 * other's. Each answers with what the other lacks, and then pushes every change of its own entries.
 * Digests are repeated now and then, against whatever went wrong.
 */
export class ReplicationProtocol {
  readonly #deps: ReplicationDeps;
  readonly #settings: ReplicatedDirectorySettings;
  readonly #pages: PageMaker;
  readonly #open = new Map<Link, OpenLink>();
  readonly #replicas = new Map<string, Replica>();
  readonly #subscriptions: Unsubscribe[] = [];
  #timer: Timer | undefined;
  #flushing = false;
  #running = false;
  #roseAt = -Infinity;

  constructor(deps: ReplicationDeps, settings: ReplicatedDirectorySettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#pages = new PageMaker(deps.own);
  }

  start(): void {
    const { links, membership } = this.#deps;
    this.#running = true;
    this.#subscriptions.push(
      links.handle(FrameKind.directoryDigest, (link, frame) => this.#onDigest(link, frame)),
      links.handle(FrameKind.directoryEntries, (link, frame) => this.#onEntries(link, frame)),
      links.handle(FrameKind.directoryWanted, (link, frame) => {
        this.#open.get(link)?.feed.follow(this.#plausible(readWanted(frame)));
      }),
      links.onLink((link) => this.#opened(link)),
      membership.onChange(({ type, member }) => {
        // A failed member with a link is on its way back; if not, the link's end drops its entries.
        const gone = type === 'left' || (type === 'failed' && !this.#isLinked(member.id));
        if (gone) this.#drop(member.id);
      }),
    );
    for (const link of links.all()) this.#opened(link);
    this.#scheduleAntiEntropy();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe();
    for (const link of [...this.#open.keys()]) this.#release(link);
    this.#replicas.clear();
  }

  /** An own entry has changed: tells everybody once this event-loop turn ends. */
  ownChanged(): void {
    if (this.#flushing || !this.#running) return;
    this.#flushing = true;
    this.#deps.clock.defer(() => {
      this.#flushing = false;
      this.#pump();
    });
  }

  /** Whether everything that linked peers have announced up to now is here. */
  get settled(): boolean {
    for (const { peer } of this.#open.keys()) {
      if (this.#replicas.get(peer.key)?.complete !== true) return false;
    }
    return true;
  }

  #pump(): void {
    for (const { feed } of this.#open.values()) feed.pump();
    this.#pages.forget();
  }

  #opened(link: Link): void {
    if (this.#open.has(link)) return;
    const { clock, metrics, own } = this.#deps;
    const feed = new EntryFeed({
      link,
      own,
      clock,
      pages: this.#pages,
      framesSent: metrics.framesSent,
      recordsSent: metrics.recordsSent,
    });
    const subscriptions: Unsubscribe[] = [];
    this.#open.set(link, { feed, subscriptions });
    this.#sendDigest(link, true);
    subscriptions.push(link.onClose(() => this.#closed(link)));
  }

  #closed(link: Link): void {
    this.#release(link);
    if (!this.#isLinked(link.peer) && !this.#isMember(link.peer)) this.#drop(link.peer);
  }

  #release(link: Link): void {
    const open = this.#open.get(link);
    this.#open.delete(link);
    open?.feed.stop();
    for (const unsubscribe of open?.subscriptions ?? []) unsubscribe();
  }

  #onDigest(link: Link, frame: FrameView): void {
    const { held } = readDigest(frame);
    this.#open.get(link)?.feed.digested(this.#plausible(held));
  }

  #onEntries(link: Link, frame: FrameView): void {
    const batch = readEntries(frame);
    this.#deps.metrics.recordsReceived.inc(batch.records.length);
    const replica = this.#replicaOf(link.peer);
    const outcome = replica.apply(batch);
    if (outcome === 'gap') {
      this.#deps.metrics.gaps.inc();
      link.send(wantedFrame(replica.held));
    } else if (outcome === 'superseded') {
      // Our digest shows the peer which of its lives we know, so that it can rise above it.
      this.#sendDigest(link, false);
    }
  }

  /**
   * What a peer holds of us. A later life of ours than this one, or more than we have told, means that our
   * epoch is behind: we rise above it, not too often, since it makes us tell everybody everything, and not above what can be.
   */
  #plausible(held: Position): Position {
    const { clock, own, logger, metrics } = this.#deps;
    const ahead =
      held.epoch > own.epoch || (held.epoch === own.epoch && held.version > own.version);
    const mayRise = clock.now() - this.#roseAt >= this.#settings.antiEntropyMs;
    if (held.epoch > clock.wallTime() + furthestAheadMs) metrics.implausible.inc();
    else if (ahead && mayRise) {
      this.#roseAt = clock.now();
      own.beginEpoch(held.epoch + 1);
      logger.info({ epoch: own.epoch }, 'a peer knows a later life of this node: announcing anew');
      this.ownChanged();
    }
    return held;
  }

  #sendDigest(link: Link, insist: boolean): void {
    const { own } = this.#deps;
    const held = this.#replicas.get(link.peer.key)?.held ?? { epoch: 0, version: 0 };
    const frame = digestFrame({ own: { epoch: own.epoch, version: own.version }, held });
    if (link.send(frame) || !insist) return;
    const unsubscribe = link.onDrain('control', () => {
      unsubscribe();
      this.#sendDigest(link, true);
    });
    this.#open.get(link)?.subscriptions.push(unsubscribe);
  }

  #replicaOf(node: NodeId): Replica {
    let replica = this.#replicas.get(node.key);
    if (replica === undefined) {
      replica = new Replica(node, this.#deps.store, this.#settings, () =>
        this.#deps.metrics.ignored.inc(),
      );
      this.#replicas.set(node.key, replica);
    }
    return replica;
  }

  #drop(node: NodeId): void {
    const replica = this.#replicas.get(node.key);
    this.#replicas.delete(node.key);
    replica?.clear();
  }

  #isLinked(node: NodeId): boolean {
    for (const link of this.#open.keys()) if (link.peer.equals(node)) return true;
    return false;
  }

  #isMember(node: NodeId): boolean {
    const status = this.#deps.membership.get(node)?.status;
    return status === 'alive' || status === 'suspect';
  }

  #scheduleAntiEntropy(): void {
    const { clock, random } = this.#deps;
    this.#timer = clock.setTimer(
      () => {
        for (const link of this.#open.keys()) this.#sendDigest(link, false);
        this.#scheduleAntiEntropy();
      },
      this.#settings.antiEntropyMs * (0.8 + 0.4 * random.next()),
      { background: true },
    );
  }
}
