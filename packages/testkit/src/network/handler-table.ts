import {
  type FrameHandler,
  InvalidArgumentError,
  type RequestHandler,
  type StreamHandler,
  type Unsubscribe,
} from '@macula/core';

/** What one node has registered for the kinds of frames, requests and streams. */
export class HandlerTable {
  readonly frames = new Map<number, FrameHandler>();
  readonly requests = new Map<number, RequestHandler>();
  readonly streams = new Map<number, StreamHandler>();

  /** Puts `handler` into one of the tables. Throws InvalidArgumentError when the kind has one. */
  static register<H>(table: Map<number, H>, kind: number, handler: H): Unsubscribe {
    if (table.has(kind)) {
      throw new InvalidArgumentError(`kind 0x${kind.toString(16)} has a handler already`);
    }
    table.set(kind, handler);
    return () => {
      if (table.get(kind) === handler) table.delete(kind);
    };
  }

  clear(): void {
    this.frames.clear();
    this.requests.clear();
    this.streams.clear();
  }
}
