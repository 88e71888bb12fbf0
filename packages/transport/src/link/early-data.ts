import { type EncodedFrame, ProtocolError } from '@macula/core';
import { FrameWriter, StreamOpen_Use } from '@macula/wire';
import type { Connection } from '../connection.ts';
import { FrameOutbox } from './frame-outbox.ts';
import type { IncomingStream } from './incoming-stream.ts';
import type { LinkContext } from './link-context.ts';
import { streamOpening } from './shared-streams.ts';

/** Streams that may wait for the end of the greeting: the early one, and what an eager peer opens. */
const maxHeldStreams = 16;

interface Held {
  readonly incoming: IncomingStream;
  readonly released: () => void;
}

/**
 * Frames ahead of the greeting (0-RTT, RFC 8446 §2.3). They travel on a stream that the acceptor reads
 * before the handshake is confirmed; since an attacker may replay it, only idempotent frames go there.
 */
export class EarlyData {
  private readonly context: LinkContext;
  private readonly connection: Connection;
  private readonly queued: (outbox: FrameOutbox) => void;
  private readonly held: Held[] = [];
  private outbox: FrameOutbox | undefined;

  constructor(context: LinkContext, connection: Connection, queued: (outbox: FrameOutbox) => void) {
    this.context = context;
    this.connection = connection;
    this.queued = queued;
  }

  /** Sends an idempotent frame before the greeting; false when the handshake is past that. */
  send(frame: EncodedFrame): boolean {
    if (!this.connection.initiator || this.connection.confirmed) return false;
    this.outbox ??= this.open();
    if (this.outbox?.send(frame) !== true) return false;
    this.queued(this.outbox);
    return true;
  }

  /** Holds a stream of the peer back until the greeting is over; `released` lets it go on. Throws ProtocolError. */
  hold(incoming: IncomingStream, released: () => void): void {
    if (this.held.length >= maxHeldStreams)
      throw new ProtocolError('too many streams before the greeting');
    incoming.inlet.hold();
    this.held.push({ incoming, released });
  }

  release(): void {
    for (const { released } of this.held.splice(0)) released();
  }

  stop(): void {
    this.outbox?.discard();
    for (const { incoming } of this.held.splice(0)) incoming.inlet.stop();
  }

  private open(): FrameOutbox | undefined {
    const stream = this.connection.openStream();
    if (stream === undefined) return undefined;
    const outbox = new FrameOutbox(this.context.chunks, this.context.limits.queueBytes);
    outbox.attach(stream, () => {
      this.queued(outbox);
    });
    // The frame to be sent next may lie in the context's writer.
    outbox.send(
      streamOpening(new FrameWriter(), {
        use: StreamOpen_Use.EARLY,
        kind: 0,
        header: new Uint8Array(),
      }),
    );
    return outbox;
  }
}
