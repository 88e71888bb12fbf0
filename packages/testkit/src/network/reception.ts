import { type FrameView, LinkCloseCode } from '@macula/core';
import { FrameKind, FrameTooLargeError } from '@macula/wire';
import type { ChannelReceiver } from './channel.ts';
import type { FrameSink } from './frame-reader.ts';
import type { MemoryLink } from './memory-link.ts';

/** What comes in at one end of a link: frames go to their handlers, and what is wrong with one ends the link. */
export class Reception implements ChannelReceiver, FrameSink {
  private readonly link: MemoryLink;
  private violated = false;

  constructor(link: MemoryLink) {
    this.link = link;
  }

  receive(burst: Uint8Array): number {
    this.read(burst, this);
    return burst.length;
  }

  /** The channels of traffic classes have no end of their own. */
  receiveEnd(): void {
    return;
  }

  /** Splits a burst that has arrived; what is malformed closes the link. */
  read(burst: Uint8Array, sink: FrameSink): void {
    if (this.isDeaf()) return;
    this.link.establish();
    try {
      this.link.medium.frameReader.read(burst, sink);
    } catch (error) {
      this.violate('frame decoder', error);
    }
  }

  /** Runs a handler; what it throws closes the link. */
  guard(what: string, run: () => void): void {
    if (this.isDeaf()) return;
    try {
      run();
    } catch (error) {
      this.violate(what, error);
    }
  }

  /** Runs a listener; what it throws is reported. True when it did not throw. */
  tell(what: string, run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      this.report(what, error);
      return false;
    }
  }

  take(frame: FrameView, size: number): void {
    if (this.isDeaf()) return;
    const { medium, owner } = this.link;
    medium.stats.countReceived(owner, frame.kind, size);
    medium.onFrame?.(this.link.peer, owner.self, frame);
    if (frame.kind === FrameKind.request) this.answer(frame);
    else if (frame.kind === FrameKind.response) this.link.requests.settle(frame);
    else this.handle(frame);
  }

  private handle(frame: FrameView): void {
    const { medium, owner } = this.link;
    const handler = owner.handlers.frames.get(frame.kind);
    if (handler === undefined) {
      medium.stats.countSkipped(owner);
      return;
    }
    try {
      handler(this.link, frame);
    } catch (error) {
      this.violate(`handler of kind 0x${frame.kind.toString(16)}`, error);
    }
  }

  private answer(frame: FrameView): void {
    const { link } = this;
    link.requests.serve(frame, (kind, body) => {
      return link.owner.handlers.requests.get(kind)?.(link, body);
    });
  }

  private isDeaf(): boolean {
    return this.violated || this.link.state === 'closed';
  }

  private violate(what: string, error: unknown): void {
    this.violated = true;
    this.report(what, error);
    const code =
      error instanceof FrameTooLargeError
        ? LinkCloseCode.frameTooLarge
        : LinkCloseCode.protocolViolation;
    void this.link.close(code, error instanceof Error ? error.message : String(error));
  }

  private report(what: string, error: unknown): void {
    this.link.medium.report({ node: this.link.owner.self.key, what, error });
  }
}
