import type { FrameHandler, FrameView, Link, Links, Logger, Unsubscribe } from '@macula/core';
import {
  decodeMessage,
  FrameKind,
  headerOf,
  payloadOf,
  ReplicaAck,
  ReplicaDelta,
  ReplicaDigest,
  ReplicaWanted,
} from '@macula/wire';
import { ClockSkewError, MalformedStateError } from '../errors.ts';
import type { DocumentTable } from './document-table.ts';
import type { Exchange } from './exchange.ts';
import type { Gossip } from './gossip.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';

export interface ReceiveParts {
  readonly links: Links;
  readonly logger: Logger;
  readonly documents: DocumentTable;
  readonly exchange: Exchange;
  readonly gossip: Gossip;
  readonly reconciliation: Reconciliation;
  readonly metrics: ReplicaMetrics;
  readonly signal: AbortSignal;
}

/**
 * Takes the frames of replication from links. What is malformed closes its link, by the contract of
 * Links; a timestamp too far in the future is refused, and nothing else.
 */
export function receiveFrames(parts: ReceiveParts): Unsubscribe {
  const { links, gossip, reconciliation } = parts;
  const handlers: [number, FrameHandler][] = [
    [FrameKind.replicaDelta, (link, frame) => receiveDelta(parts, link, frame)],
    [FrameKind.replicaState, (link, frame) => receiveDelta(parts, link, frame)],
    [
      FrameKind.replicaAck,
      (link, frame) => {
        const { batch, news } = decodeMessage(ReplicaAck, headerOf(frame), 'replica ack');
        gossip.acknowledged(link.peer, Number(batch), news);
      },
    ],
    [
      FrameKind.replicaDigest,
      (link, frame) =>
        reconciliation.onDigest(
          link,
          decodeMessage(ReplicaDigest, headerOf(frame), 'replica digest'),
        ),
    ],
    [
      FrameKind.replicaWanted,
      (link, frame) =>
        reconciliation.onWanted(
          link,
          decodeMessage(ReplicaWanted, headerOf(frame), 'replica wanted'),
        ),
    ],
  ];
  const unsubscribes = handlers.map(([kind, handler]) =>
    links.handle(kind, (link, frame) => {
      if (!parts.signal.aborted) handler(link, frame);
    }),
  );
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
}

function receiveDelta(parts: ReceiveParts, link: Link, frame: FrameView): void {
  const { documents, metrics, exchange } = parts;
  const header = decodeMessage(ReplicaDelta, headerOf(frame), 'replica delta');
  const { document: name, type, batch } = header;
  const document = documents.find(name, type);
  if (document === undefined) {
    metrics.ignored.inc();
    return;
  }
  let stored: Promise<void> | undefined;
  try {
    // The state keeps nothing of the frame, but the store does: it gets a copy.
    stored = document.receive(Uint8Array.from(payloadOf(frame)), link.peer.key);
  } catch (error) {
    if (error instanceof ClockSkewError) {
      metrics.skewed.inc();
      parts.logger.warn({ err: error, document: name, peer: link.peer.key }, 'refused a delta');
      return;
    }
    if (error instanceof MalformedStateError) metrics.rejected.inc();
    throw error;
  }
  if (stored === undefined) metrics.known.inc();
  else metrics.news.inc();
  if (batch === 0n) return;
  if (stored === undefined) exchange.ack(link, batch, false);
  else
    stored.then(
      () => exchange.ack(link, batch, true),
      // The store failed: the replica has stopped exchanging, and says so elsewhere.
      () => undefined,
    );
}
