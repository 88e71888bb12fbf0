import type { Address } from '../address.ts';
import type { NodeId } from '../node-id.ts';
import type { FrameView } from './frame.ts';
import type { Link, LinkStream } from './link.ts';
import type { Unsubscribe } from './unsubscribe.ts';

/**
 * Receives frames of one kind. Runs synchronously; an exception closes that link with
 * `protocolViolation`, is counted and logged, and touches nothing else.
 */
export type FrameHandler = (link: Link, frame: FrameView) => void;

/** Answers requests of one kind. `body` may be kept. A rejection reaches the requester as RequestFailedError with the error's code. */
export type RequestHandler = (link: Link, body: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * Receives streams of one kind; sets the stream's listeners before it returns. An exception resets the stream with
 * `LinkCloseCode.internal`, as if nobody handled its kind, and touches nothing else.
 */
export type StreamHandler = (link: Link, stream: LinkStream) => void;

export interface DialOptions {
  /** Milliseconds until the dial fails with TimeoutError. Default 10,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Accept a link in state `early` (0-RTT) where a session ticket allows it. Default false. */
  readonly early?: boolean;
}

/** The links of one node: pooled, dialled on demand. */
export interface Links {
  readonly self: NodeId;
  /** Addresses under which this node's listener can be dialled, best first. */
  readonly localAddresses: readonly Address[];
  /** The open link to `peer`, or dials one. Throws PeerUnreachableError, TimeoutError, AbortedError, or what refused the peer. */
  link(peer: NodeId, options?: DialOptions): Promise<Link>;
  /** The open link to `peer`, if there is one. */
  get(peer: NodeId): Link | undefined;
  /** All open links. */
  all(): Iterable<Link>;
  /** Dials an address of which the node behind may be unknown; with `expected`, pins it. */
  dial(address: Address, options?: DialOptions & { readonly expected?: NodeId }): Promise<Link>;
  /** Tells where `peer` can be dialled, best first; replaces what was known. Bounded: the oldest unused knowledge goes first. */
  learn(peer: NodeId, addresses: readonly Address[]): void;
  /** Keeps the link to `peer` from being closed as idle or as least recently used, until released. */
  pin(peer: NodeId): Unsubscribe;
  /** Called for every link that opens, in either direction, before its first frame is handled. Links that are open already are not reported. */
  onLink(listener: (link: Link) => void): Unsubscribe;
  /** Sets the handler of a frame kind (also for datagrams). Throws when it has one. Frames of unknown kinds are skipped and counted. */
  handle(kind: number, handler: FrameHandler): Unsubscribe;
  handleRequest(kind: number, handler: RequestHandler): Unsubscribe;
  handleStream(kind: number, handler: StreamHandler): Unsubscribe;
}
