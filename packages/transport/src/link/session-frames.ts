import { type FrameView, type LinkCloseReason, type LinkState, ProtocolError } from '@macula/core';
import { FrameKind, Goodbye, headerOf, Ping } from '@macula/wire';
import type { LinkGreeter } from './link-greeter.ts';
import type { LinkPulse } from './link-pulse.ts';
import type { LinkRequests } from './link-requests.ts';

/** What of a peer's message is kept for logs. */
export const maxReasonLength = 200;

export interface SessionFramesOwner {
  state(): LinkState;
  send(kind: number, header: Uint8Array): void;
  goodbye(reason: LinkCloseReason): void;
}

/** The frames by which two links talk with each other: kinds 0x01 to 0x0f of the control stream. */
export class SessionFrames {
  private readonly greeter: LinkGreeter;
  private readonly pulse: LinkPulse;
  private readonly requests: LinkRequests;
  private readonly owner: SessionFramesOwner;

  constructor(
    greeter: LinkGreeter,
    pulse: LinkPulse,
    requests: LinkRequests,
    owner: SessionFramesOwner,
  ) {
    this.greeter = greeter;
    this.pulse = pulse;
    this.requests = requests;
    this.owner = owner;
  }

  /** Whether a frame of the control stream belongs here. */
  static has(kind: number): boolean {
    return kind <= FrameKind.goodbye;
  }

  /** Throws ProtocolError. */
  receive(frame: FrameView): void {
    switch (frame.kind) {
      case FrameKind.hello:
      case FrameKind.proof:
        // A proof may take time, and the frame is gone by then. (A Buffer's `slice` would not copy.)
        this.greeter.receive(frame.kind, Uint8Array.from(headerOf(frame)));
        return;
      case FrameKind.ping:
        this.owner.send(FrameKind.pong, headerOf(frame));
        return;
      case FrameKind.pong:
        this.pulse.answer(Ping.decode(headerOf(frame)).nonce);
        return;
      case FrameKind.goodbye: {
        const { code, message } = Goodbye.decode(headerOf(frame));
        this.owner.goodbye({ code, message: message.slice(0, maxReasonLength), remote: true });
        return;
      }
      case FrameKind.request:
        this.requireGreeting();
        this.requests.receiveRequest(frame);
        return;
      case FrameKind.response:
        this.requireGreeting();
        this.requests.receiveResponse(frame);
        return;
      default:
        throw new ProtocolError(
          `a frame of kind 0x${frame.kind.toString(16)} does not belong on a shared stream`,
        );
    }
  }

  private requireGreeting(): void {
    if (this.owner.state() === 'early')
      throw new ProtocolError('a request came before the greeting');
  }
}
