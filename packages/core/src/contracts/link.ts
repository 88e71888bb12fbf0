import type { Address } from '../address.ts';
import type { NodeId } from '../node-id.ts';
import type { EncodedFrame, FrameView } from './frame.ts';
import type { TrafficClass } from './traffic-class.ts';
import type { Unsubscribe } from './unsubscribe.ts';

/**
 * `early`: 0-RTT, only idempotent frames leave before the handshake completes; `open`; `closing`:
 * what is queued still leaves, nothing new is accepted; `closed`.
 */
export type LinkState = 'early' | 'open' | 'closing' | 'closed';

/** Why a link ended. Numbers travel on the wire (docs/protocol.md). */
export const LinkCloseCode = {
  none: 0x00,
  protocolViolation: 0x01,
  frameTooLarge: 0x02,
  versionMismatch: 0x03,
  wrongRealm: 0x04,
  wrongIdentity: 0x05,
  notAdmitted: 0x06,
  duplicate: 0x07,
  idle: 0x08,
  silent: 0x09,
  /** Said only as a link opens: nothing that came on it was read. */
  overloaded: 0x0a,
  shutdown: 0x0b,
  internal: 0x0c,
} as const;
export type LinkCloseCode = (typeof LinkCloseCode)[keyof typeof LinkCloseCode];

export interface LinkCloseReason {
  readonly code: number;
  readonly message: string;
  /** True when the peer closed, false when this side did (or found the peer gone). */
  readonly remote: boolean;
}

export interface RequestOptions {
  /** Milliseconds until the request fails with TimeoutError. Default 5,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** The request may be sent as 0-RTT data, and so be replayed. Default false. */
  readonly idempotent?: boolean;
}

/** One authenticated, multiplexed channel to one peer. Frames of one class arrive in order, exactly once, while the link lives. */
export interface Link {
  readonly peer: NodeId;
  /** Whether this side dialled. */
  readonly initiator: boolean;
  readonly state: LinkState;
  readonly remoteAddress: Address;
  /** Smoothed round-trip time in milliseconds; NaN before the first sample. */
  readonly rtt: number;
  /** Features that both sides announced in HELLO. */
  readonly features: ReadonlySet<string>;
  /**
   * Queues a frame on the stream of its class. False when the class's queue is full or the link is
   * not open: then the frame was not taken, and `onDrain` tells when to go on.
   * `idempotent` frames may travel as 0-RTT data.
   */
  send(frame: EncodedFrame, idempotent?: boolean): boolean;
  /** Calls `listener` whenever a queue of that class that had refused a frame has room again. */
  onDrain(trafficClass: TrafficClass, listener: () => void): Unsubscribe;
  /** Bytes that wait in this class's queue. */
  queuedBytes(trafficClass: TrafficClass): number;
  /**
   * One request, one response, on the control stream.
   * Throws TimeoutError, AbortedError, LinkClosedError, or RequestFailedError with the peer's reason.
   */
  request(kind: number, body: Uint8Array, options?: RequestOptions): Promise<Uint8Array>;
  /** Opens a stream of its own. The peer's handler for `kind` gets it with `header`. Throws LinkClosedError, or LimitExceededError when the peer allows no further stream. */
  openStream(kind: number, header: Uint8Array): LinkStream;
  /** Sends a frame unreliably, in one packet. False when it was not sent: too large, not supported, or the link is not open. */
  sendDatagram(frame: EncodedFrame): boolean;
  /** Closes after what is queued has left, at the latest after a second; resolves when closed. */
  close(code?: LinkCloseCode, message?: string): Promise<void>;
  /** Calls `listener` once when the link is closed; at once if it is closed already. */
  onClose(listener: (reason: LinkCloseReason) => void): Unsubscribe;
}

/** A stream of frames beside the link's shared ones, with flow control of its own. */
export interface LinkStream {
  readonly link: Link;
  readonly kind: number;
  readonly header: Uint8Array;
  /** False when the stream's queue is full or ended: the frame was not taken. */
  send(frame: EncodedFrame): boolean;
  onDrain(listener: () => void): Unsubscribe;
  /** Sets the one receiver of frames. Frames that arrive earlier wait under flow control. */
  onFrame(listener: (frame: FrameView) => void): void;
  /** Stops delivery; the peer's sends block once the window is full. */
  pause(): void;
  resume(): void;
  /** Ends this direction after what is queued has left. */
  end(): void;
  /** Ends both directions at once; the peer gets StreamResetError with `code`. */
  reset(code: number): void;
  /** Called once when the peer has ended its direction and all its frames were delivered. */
  onEnd(listener: () => void): Unsubscribe;
  /** Called once when both directions are over; with an error when the stream was reset or its link lost. */
  onClose(listener: (error?: Error) => void): Unsubscribe;
}
