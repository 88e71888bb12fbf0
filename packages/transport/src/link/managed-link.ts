import type { FrameView, Link, LinkCloseCode, LinkStream, NodeId } from '@macula/core';
import type { Connection } from '../connection.ts';
import type { GreetingDialogue, GreetingResult } from '../greeting/greeting-step.ts';

/** Why a peer's link is not taken. */
export interface LinkRefusal {
  readonly code: LinkCloseCode;
  readonly message: string;
}

/** A link as the pool sees it: with what is needed to keep it alive, to rank it and to end it. */
export interface ManagedLink extends Link {
  readonly protocol: Connection['protocol'];
  /**
   * Resolves when the greeting is complete and the link was admitted, after `opened` was called.
   * Rejects with what refused it: the greeting's error on the side that found it, what `errorOfClose`
   * makes of the reason otherwise. A link that was never awaited causes no unhandled rejection.
   */
  readonly ready: Promise<GreetingResult>;
  /** Clock time, in milliseconds, at which anything (a packet's payload, a pong) last came from the peer. */
  readonly lastReceivedAt: number;
  /** Clock time, in milliseconds, at which a frame, request, stream or datagram above the session's own last went either way. */
  readonly lastUsedAt: number;
  /** Requests that wait for an answer and own streams that are open, in either direction. */
  readonly outstanding: number;
  /** Bytes of frames received and sent, counted since the link began. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Sends a Ping frame, which the peer answers with Pong; at most one is under way. */
  ping(): void;
  /** Closes at once; what is queued is lost. Idempotent. */
  abort(code: LinkCloseCode, message: string): void;
}

/** What a link tells its owner. All calls are synchronous. */
export interface LinkHandlers {
  /**
   * The greeting is complete on this side; its last message has not been sent. A refusal closes the
   * link with that code: the peer never sees it open.
   */
  admit(link: ManagedLink, greeting: GreetingResult): LinkRefusal | undefined;
  /** The link is open and no frame has been delivered yet. Frames may be sent from here on. */
  opened(link: ManagedLink, greeting: GreetingResult): void;
  /** A frame on a shared stream or in a datagram. An exception closes the link with `protocolViolation`. */
  frame(link: ManagedLink, frame: FrameView): void;
  /** A request; `body` may be kept. */
  request(link: ManagedLink, kind: number, body: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** A stream that the peer opened. The link resets it when this throws. */
  stream(link: ManagedLink, stream: LinkStream): void;
}

/** What one link is made from. */
export interface LinkDependencies {
  readonly connection: Connection;
  /** The identity that the connection's certificate has proven, or, in a 0-RTT dial, the one that is pinned and checked when it is. */
  readonly peer: NodeId;
  readonly greeting: GreetingDialogue;
  readonly handlers: LinkHandlers;
}

/** Makes links on connections; the link takes the connection over and starts its greeting. */
export type CreateLink = (dependencies: LinkDependencies) => ManagedLink;
