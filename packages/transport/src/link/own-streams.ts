import { LimitExceededError, type Link, LinkClosedError, type LinkStream } from '@macula/core';
import { StreamOpen_Use } from '@macula/wire';
import type { Connection } from '../connection.ts';
import { FrameInlet } from './frame-inlet.ts';
import { FrameOutbox } from './frame-outbox.ts';
import type { IncomingStream } from './incoming-stream.ts';
import type { LinkContext } from './link-context.ts';
import { OwnStream, type OwnStreamOwner } from './own-stream.ts';
import { streamOpening } from './shared-streams.ts';

/** What the streams of a link need of it. */
export type OwnStreamsOwner = Omit<OwnStreamOwner, 'closed'>;

/** The streams of a link beside its shared ones. QUIC limits how many a peer may have open. */
export class OwnStreams implements OwnStreamOwner {
  private readonly context: LinkContext;
  private readonly connection: Connection;
  private readonly owner: OwnStreamsOwner;
  private readonly streams = new Set<OwnStream>();

  constructor(context: LinkContext, connection: Connection, owner: OwnStreamsOwner) {
    this.context = context;
    this.connection = connection;
    this.owner = owner;
  }

  get size(): number {
    return this.streams.size;
  }

  get link(): Link {
    return this.owner.link;
  }

  /** Throws LimitExceededError when the peer allows no further stream. */
  open(kind: number, header: Uint8Array): LinkStream {
    const stream = this.connection.openStream();
    if (stream === undefined) {
      throw new LimitExceededError(
        'the peer allows no further stream on this link: end some, or try later',
      );
    }
    const outbox = new FrameOutbox(this.context.chunks, this.context.limits.queueBytes);
    const own = new OwnStream(this, stream, outbox, kind, header);
    const inlet = new FrameInlet(stream, this.context.limits.maxFrameBytes, own);
    inlet.hold();
    own.readFrom(inlet);
    this.streams.add(own);
    outbox.send(streamOpening(this.context.writer, { use: StreamOpen_Use.OWN, kind, header }));
    this.queued(outbox);
    return own;
  }

  /** Takes a stream that the peer opened. */
  adopt(incoming: IncomingStream, kind: number, header: Uint8Array): OwnStream {
    const outbox = new FrameOutbox(this.context.chunks, this.context.limits.queueBytes);
    const own = new OwnStream(this, incoming.stream, outbox, kind, header);
    incoming.inlet.hold();
    own.readFrom(incoming.inlet);
    this.streams.add(own);
    return own;
  }

  lose(message: string): void {
    const error = new LinkClosedError(message);
    for (const stream of [...this.streams]) stream.lost(error);
  }

  queued(outbox: FrameOutbox): void {
    this.owner.queued(outbox);
  }

  closed(stream: OwnStream): void {
    this.streams.delete(stream);
  }

  broken(error: unknown): void {
    this.owner.broken(error);
  }

  received(bytes: number): void {
    this.owner.received(bytes);
  }
}
