import type { LinkCloseReason, TrafficClass } from '@macula/core';
import type { Channel } from './channel.ts';
import type { Medium } from './medium.ts';
import type { MemoryLink } from './memory-link.ts';
import type { MemoryStream } from './memory-stream.ts';
import type { Silenceable } from './silence-watch.ts';

/** What joins an end of a link with the other end: all that passes between two nodes passes here. */
export interface Junction extends Silenceable {
  readonly medium: Medium;
  /** When the link was last used. */
  usedAt: number;
  /** A channel that leads from `end` to its peer. */
  channelFrom(end: MemoryLink, trafficClass: TrafficClass): Channel;
  /** Throws LimitExceededError. */
  openStream(end: MemoryLink, kind: number, header: Uint8Array): MemoryStream;
  /** Lets a datagram, of which `bytes` is a copy, arrive at `arrival`. */
  sendDatagram(end: MemoryLink, bytes: Uint8Array, arrival: number): void;
  /** The handshake is over at `end`; the far end learns it as soon as the network allows. */
  establishFar(end: MemoryLink): void;
  /** Everything that was queued at `end` has left, and it closes; `heard` is called if it gets to know that the peer knows it. */
  announceClosing(end: MemoryLink, reason: LinkCloseReason, heard: () => void): void;
  /** Called when the peer has heard it, and has got everything. */
  closeFar(end: MemoryLink, reason: LinkCloseReason): void;
  /** An end closes: no dial shares this connection any more. */
  retire(): void;
  /** Called by an end that has closed. */
  linkClosed(): void;
}
