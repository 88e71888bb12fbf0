import {
  type Counter,
  type FrameHandler,
  type FrameView,
  InvalidArgumentError,
  type Link,
  type LinkStream,
  MaculaError,
  type Metrics,
  type RequestHandler,
  type StreamHandler,
  type Unsubscribe,
} from '@macula/core';

/** No handler is set for what a peer has asked for. */
export class UnknownKindError extends MaculaError {
  readonly code = 'macula.unknown_kind';
}

/** Who handles which kind of frame, request and stream. Unknown kinds are counted; frames of them are skipped. */
export class HandlerTable {
  private readonly frames = new Map<number, FrameHandler>();
  private readonly requests = new Map<number, RequestHandler>();
  private readonly streams = new Map<number, StreamHandler>();
  private readonly unknownFrames: Counter;
  private readonly unknownRequests: Counter;
  private readonly unknownStreams: Counter;

  constructor(metrics: Metrics) {
    const unknown = (what: string): Counter =>
      metrics.counter({
        name: 'macula_transport_unknown_kinds_total',
        help: 'Frames, requests and streams of a kind that nothing handles.',
        labels: { what },
      });
    this.unknownFrames = unknown('frame');
    this.unknownRequests = unknown('request');
    this.unknownStreams = unknown('stream');
  }

  handle(kind: number, handler: FrameHandler): Unsubscribe {
    return register(this.frames, 'frames', kind, handler);
  }

  handleRequest(kind: number, handler: RequestHandler): Unsubscribe {
    return register(this.requests, 'requests', kind, handler);
  }

  handleStream(kind: number, handler: StreamHandler): Unsubscribe {
    return register(this.streams, 'streams', kind, handler);
  }

  frame(link: Link, frame: FrameView): void {
    const handler = this.frames.get(frame.kind);
    if (handler === undefined) this.unknownFrames.inc();
    else handler(link, frame);
  }

  /** Throws UnknownKindError, or what the handler throws. */
  request(link: Link, kind: number, body: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const handler = this.requests.get(kind);
    if (handler !== undefined) return handler(link, body);
    this.unknownRequests.inc();
    throw new UnknownKindError(`nothing here answers requests of kind ${kind}`);
  }

  /** Throws UnknownKindError, or what the handler throws. */
  stream(link: Link, stream: LinkStream): void {
    const handler = this.streams.get(stream.kind);
    if (handler === undefined) {
      this.unknownStreams.inc();
      throw new UnknownKindError(`nothing here takes streams of kind ${stream.kind}`);
    }
    handler(link, stream);
  }
}

function register<Handler>(
  table: Map<number, Handler>,
  what: string,
  kind: number,
  handler: Handler,
): Unsubscribe {
  if (table.has(kind)) {
    throw new InvalidArgumentError(`${what} of kind ${kind} have a handler already`);
  }
  table.set(kind, handler);
  return () => {
    if (table.get(kind) === handler) table.delete(kind);
  };
}
