import {
  type FrameView,
  LinkCloseCode,
  type LinkStream,
  type Logger,
  ProtocolError,
} from '@macula/core';
import { type StreamOpen, StreamOpen_Use } from '@macula/wire';
import type { EarlyData } from './early-data.ts';
import type { IncomingStream, StreamRoute } from './incoming-stream.ts';
import type { OwnStreams } from './own-streams.ts';
import type { SharedStreams } from './shared-streams.ts';

export interface StreamRouterParts {
  readonly initiator: boolean;
  readonly shared: SharedStreams;
  readonly own: OwnStreams;
  readonly early: EarlyData;
  readonly logger: Logger;
}

export interface StreamRouterOwner {
  /** Whether the greeting is over. */
  isOpen(): boolean;
  /** A frame ahead of the handshake. */
  early(frame: FrameView): void;
  /** A stream of its own for a handler. Throws when there is none. */
  take(stream: LinkStream): void;
}

/** Decides, by its first frame, where a stream of the peer belongs. */
export class StreamRouter {
  private readonly parts: StreamRouterParts;
  private readonly owner: StreamRouterOwner;

  constructor(parts: StreamRouterParts, owner: StreamRouterOwner) {
    this.parts = parts;
    this.owner = owner;
  }

  readonly route = (incoming: IncomingStream, open: StreamOpen): StreamRoute => {
    switch (open.use) {
      case StreamOpen_Use.CONTROL:
        return this.shared('control', incoming);
      case StreamOpen_Use.EVENTS:
        return this.shared('events', incoming);
      case StreamOpen_Use.CALLS:
        return this.shared('calls', incoming);
      case StreamOpen_Use.EARLY:
        return this.early(incoming);
      case StreamOpen_Use.OWN:
        return this.own(incoming, open);
      default:
        throw new ProtocolError(`a stream announces the unknown use ${String(open.use)}`);
    }
  };

  private shared(
    trafficClass: 'control' | 'events' | 'calls',
    incoming: IncomingStream,
  ): StreamRoute {
    if (this.parts.initiator)
      throw new ProtocolError('only the dialling side opens shared streams');
    return this.parts.shared.adopt(trafficClass, incoming);
  }

  private early(incoming: IncomingStream): StreamRoute {
    if (this.parts.initiator)
      throw new ProtocolError('only the dialling side sends ahead of the handshake');
    if (!this.owner.isOpen()) {
      this.parts.early.hold(incoming, () => {
        incoming.inlet.release();
      });
    }
    return {
      frame: (frame) => {
        this.owner.early(frame);
      },
      ended: () => undefined,
      wasReset: () => undefined,
    };
  }

  /** The other side may be through with the greeting, and open a stream, while its last frame to us is under way. */
  private own(incoming: IncomingStream, open: StreamOpen): StreamRoute {
    if (this.owner.isOpen()) return this.adopt(incoming, open);
    let route: StreamRoute | undefined;
    this.parts.early.hold(incoming, () => {
      route = this.adopt(incoming, open);
    });
    return {
      frame: (frame) => route?.frame(frame),
      ended: () => route?.ended(),
      wasReset: (code) => route?.wasReset(code),
    };
  }

  private adopt(incoming: IncomingStream, open: StreamOpen): StreamRoute {
    const stream = this.parts.own.adopt(incoming, open.kind, open.header);
    try {
      this.owner.take(stream);
    } catch (error) {
      this.parts.logger.warn({ error, kind: open.kind }, 'no handler took a stream; it was reset');
      stream.reset(LinkCloseCode.internal);
    }
    return stream;
  }
}
