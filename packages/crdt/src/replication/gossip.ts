import type { Clock, Link, NodeId, Timer } from '@macula/core';
import { AdaptiveFanout, pushRounds } from './adaptive-fanout.ts';
import type { LoggedDelta } from './delta-log.ts';
import type { Document } from './document.ts';
import type { Exchange } from './exchange.ts';
import type { Peers } from './peers.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';
import type { ReplicaSettings } from './replica-options.ts';

interface Batch {
  readonly peer: string;
  readonly document: Document;
  readonly entries: readonly LoggedDelta<unknown>[];
}

export interface GossipParts {
  readonly clock: Clock;
  readonly peers: Peers;
  readonly exchange: Exchange;
  readonly settings: ReplicaSettings;
  readonly metrics: ReplicaMetrics;
  readonly signal: AbortSignal;
  /** Compares the document's state with the peer's: for what the buffer has dropped. */
  readonly compare: (peer: NodeId, document: Document) => void;
}

/**
 * Spreads changes as rumours: every change goes to a few peers, who pass on what was new to
 * them, for a few rounds or until all are known to have it (Demers et al., "Epidemic algorithms for replicated database maintenance",
 * 1987, section 1.4). A change after a quiet interval leaves at once.
 */
export class Gossip {
  private readonly parts: GossipParts;
  private readonly fanout: AdaptiveFanout;
  private readonly active = new Set<Document>();
  private readonly overflowed = new Set<Document>();
  private readonly batches = new Map<number, Batch>();
  private lastBatch = 0;
  private lastRound = Number.NEGATIVE_INFINITY;
  private timer: Timer | undefined;
  private soon = false;

  constructor(parts: GossipParts) {
    this.parts = parts;
    this.fanout = new AdaptiveFanout(parts.settings.fanout);
  }

  /** A document changed, and the change is stored. */
  changed(document: Document, delta: unknown, bytes: number, from?: string): void {
    if (!document.log.add(delta, bytes, from)) {
      this.parts.metrics.overflows.inc();
      this.overflowed.add(document);
    }
    this.active.add(document);
    this.schedule();
  }

  /** The peer has what the batch told it. */
  acknowledged(peer: NodeId, number: number, news: boolean): void {
    const batch = this.batches.get(number);
    if (batch === undefined || batch.peer !== peer.key) return;
    this.batches.delete(number);
    for (const { knownBy } of batch.entries) knownBy.add(peer.key);
    this.fanout.acknowledged(news);
  }

  /** Sends a peer that came back what it is not known to have, as far as the buffer still has it. */
  catchUp(link: Link, documents: Iterable<Document>): void {
    for (const document of documents) {
      if (document.log.size > 0) {
        this.push(link, document, document.log.allFor(link.peer.key), new Map());
      }
    }
  }

  /** Drops what is stable from a document's buffer. */
  compact(documents: Iterable<Document>): void {
    const members = this.parts.peers.members();
    for (const { log } of documents) if (log.size > 0) log.compact(members);
  }

  /** Pushes at once what has not been pushed yet, to peers that have a link: the last chance before the end. */
  finish(): void {
    if (this.active.size > 0 && !this.parts.signal.aborted) this.round();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.active.clear();
    this.overflowed.clear();
    this.batches.clear();
  }

  private schedule(): void {
    if (this.soon || this.timer !== undefined) return;
    const { clock, settings } = this.parts;
    const wait = this.lastRound + settings.pushIntervalMs - clock.now();
    if (wait <= 0) {
      this.soon = true;
      clock.defer(() => {
        this.soon = false;
        if (!this.parts.signal.aborted) this.round();
      });
    } else {
      this.timer = clock.setTimer(
        () => {
          this.timer = undefined;
          this.round();
        },
        wait,
        { background: true },
      );
    }
  }

  private round(): void {
    const { clock, peers } = this.parts;
    this.lastRound = clock.now();
    const all = peers.all();
    const members = peers.members();
    for (const document of [...this.active]) {
      this.pushRound(document, all);
      document.log.compact(members);
      if (!document.log.isActive) this.active.delete(document);
    }
    for (const document of this.overflowed) {
      for (const peer of peers.choose(all, this.fanout.current, () => true)) {
        this.parts.compare(peer, document);
      }
    }
    this.overflowed.clear();
    this.fanout.quiet();
    if (this.active.size > 0) this.schedule();
  }

  private pushRound(document: Document, peers: readonly NodeId[]): void {
    const { log } = document;
    log.startRound(pushRounds(peers.length, this.parts.settings.fanout));
    const lacking = (peer: NodeId): boolean => log.activeFor(peer.key).length > 0;
    const encoded = new Map<string, Uint8Array[]>();
    for (const peer of this.parts.peers.choose(peers, this.fanout.current, lacking)) {
      const entries = log.activeFor(peer.key);
      this.parts.peers.reach(
        peer,
        (link) => this.push(link, document, entries, encoded),
        this.parts.signal,
      );
    }
    log.endRound();
  }

  private push(
    link: Link,
    document: Document,
    entries: readonly LoggedDelta<unknown>[],
    encoded: Map<string, Uint8Array[]>,
  ): void {
    if (entries.length === 0) return;
    const pieces = this.encode(document, entries, encoded);
    for (let i = 0; i < pieces.length; i++) {
      const isLast = i === pieces.length - 1;
      const number = isLast ? this.remember({ peer: link.peer.key, document, entries }) : 0;
      if (this.parts.exchange.delta(link, document, pieces[i] as Uint8Array, number)) continue;
      this.batches.delete(number);
      this.fanout.refused();
      return;
    }
  }

  /** The entries as one delta, in as many pieces as frames need. Peers that lack the same share the work. */
  private encode(
    document: Document,
    entries: readonly LoggedDelta<unknown>[],
    encoded: Map<string, Uint8Array[]>,
  ): Uint8Array[] {
    const { type, division } = document;
    const { frameBytes } = this.parts.settings;
    const key = entries.map(({ id }) => id).join();
    const known = encoded.get(key);
    if (known !== undefined) return known;
    const delta: unknown = entries
      .map((entry) => entry.delta)
      .reduce((a, b) => type.merge(a, b) as unknown, type.empty);
    const whole = type.encode(delta);
    const pieces =
      whole.length <= frameBytes
        ? [whole]
        : Array.from(division.split(delta, frameBytes), (piece) => type.encode(piece));
    encoded.set(key, pieces);
    return pieces;
  }

  private remember(batch: Batch): number {
    // As many as one round makes at most; older ones count as lost.
    const { maxDocuments, fanout } = this.parts.settings;
    if (this.batches.size >= maxDocuments * fanout) {
      const [oldest] = this.batches.keys();
      if (oldest !== undefined) this.batches.delete(oldest);
    }
    this.batches.set(++this.lastBatch, batch);
    return this.lastBatch;
  }
}
