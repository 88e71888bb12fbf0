import type { Link } from '@macula/core';
import {
  FrameKind,
  FrameWriter,
  ReplicaAck,
  ReplicaDelta,
  ReplicaDigest,
  ReplicaWanted,
} from '@macula/wire';
import type { Document } from './document.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';

/** Pieces of state that wait for one link at most; further answers are left to the next comparison. */
const maxWaiting = 4;

const noBytes = new Uint8Array(0);

/** Sends a replica's frames, all on the control stream, from one buffer. */
export class Exchange {
  private readonly writer = new FrameWriter();
  private readonly metrics: ReplicaMetrics;
  private readonly waiting = new WeakMap<Link, number>();

  constructor(metrics: ReplicaMetrics) {
    this.metrics = metrics;
  }

  delta(link: Link, document: Document, bytes: Uint8Array, batch: number): boolean {
    const header = deltaHeader(document, batch);
    return this.send(link, FrameKind.replicaDelta, header, bytes);
  }

  ack(link: Link, batch: bigint, news: boolean): void {
    this.send(link, FrameKind.replicaAck, ReplicaAck.encode({ batch, news }).finish());
  }

  /** False when the link does not take it. */
  digest(link: Link, digest: Partial<ReplicaDigest>): boolean {
    const none = {
      all: noBytes,
      documents: [],
      ranges: [],
      partial: false,
      scope: noBytes,
    };
    const header = ReplicaDigest.encode({ ...none, ...digest }).finish();
    return this.send(link, FrameKind.replicaDigest, header);
  }

  /** False when the link does not take it. */
  wanted(link: Link, document: Document, wanted: Partial<ReplicaWanted>): boolean {
    const names = { document: document.name, type: document.type.name };
    const none = { whole: false, parts: [], description: noBytes, mutual: false };
    const header = ReplicaWanted.encode({ ...none, ...names, ...wanted }).finish();
    return this.send(link, FrameKind.replicaWanted, header);
  }

  /** Sends a state in pieces, as fast as the link takes them. False when too much waits for the link already. */
  state(link: Link, document: Document, pieces: Iterable<unknown>): boolean {
    const waiting = this.waiting.get(link) ?? 0;
    if (waiting >= maxWaiting) return false;
    this.waiting.set(link, waiting + 1);
    const header = deltaHeader(document, 0);
    const iterator = pieces[Symbol.iterator]();
    let piece = encodedPiece(iterator, document);
    const send = (): boolean => {
      while (piece !== undefined) {
        if (!this.send(link, FrameKind.replicaState, header, piece)) return false;
        piece = encodedPiece(iterator, document);
      }
      return true;
    };
    const done = (): void => {
      unsubscribe();
      forget();
      this.waiting.set(link, (this.waiting.get(link) ?? 1) - 1);
    };
    let unsubscribe = (): void => undefined;
    let forget = (): void => undefined;
    if (send()) {
      done();
    } else {
      unsubscribe = link.onDrain('control', () => {
        if (send()) done();
      });
      forget = link.onClose(done);
    }
    return true;
  }

  private send(link: Link, kind: number, header: Uint8Array, payload?: Uint8Array): boolean {
    const frame = payload === undefined ? this.writer.empty() : this.writer.payload(payload);
    const taken = link.send(frame.frame(kind, header));
    if (taken) this.metrics.sentBytes.inc(header.length + (payload?.length ?? 0));
    else this.metrics.refused.inc();
    return taken;
  }
}

function deltaHeader(document: Document, batch: number): Uint8Array {
  const { name, type } = document;
  return ReplicaDelta.encode({ document: name, type: type.name, batch: BigInt(batch) }).finish();
}

function encodedPiece(iterator: Iterator<unknown>, document: Document): Uint8Array | undefined {
  const next = iterator.next();
  return next.done === true ? undefined : document.type.encode(next.value);
}
