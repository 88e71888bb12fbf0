import type { RequestContext } from '../call-context.ts';

/** One side of a stream between a caller and a handler: items both ways, each with the other's consent. */
export interface ItemStream extends AsyncIterable<unknown> {
  /**
   * Sends one item. Resolves when there is room for the next: awaiting it is what slows the sender to the receiver's
   * pace. Rejects when the stream is over, and with LimitExceededError when too many items are waiting unawaited.
   */
  send(value: unknown): Promise<void>;
  /** Says that no more items follow; the other side's iteration ends once it has read them all. Its own items still arrive. */
  end(): void;
  /** Ends both directions at once, with an error on both sides. Does nothing once the stream is over. */
  cancel(reason?: unknown): void;
}

/**
 * The caller's side of a stream. Iterating gives the handler's items, and throws what the handler threw. Items must be read
 * for the stream to go on: unread ones stop the handler's sending, and so, in the end, its result.
 */
export interface CallStream extends ItemStream {
  /** What the handler returned; rejects with the error that ended the stream. */
  readonly result: Promise<unknown>;
}

/** Serves a stream. What it returns is the stream's result; it ends the stream on both sides. Iterating the stream gives the caller's items. */
export type StreamHandler = (stream: ItemStream, context: RequestContext) => unknown;

/** Codes that a stream is reset with; part of the protocol. */
export const StreamResetCode = { canceled: 1, timedOut: 2, protocolViolation: 3 } as const;
