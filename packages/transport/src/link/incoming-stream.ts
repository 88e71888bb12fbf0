import { type FrameView, ProtocolError } from '@macula/core';
import { FrameKind, headerOf, StreamOpen } from '@macula/wire';
import type { ByteStream } from '../connection.ts';
import { FrameInlet, type InletHandlers } from './frame-inlet.ts';

/** Where the frames of a stream go once it is known what it carries. */
export interface StreamRoute {
  frame(frame: FrameView): void;
  ended(): void;
  wasReset(code: number | undefined): void;
}

export interface IncomingStreamOwner {
  /** The stream said what it carries. Throws ProtocolError when that cannot be. */
  identified(stream: IncomingStream, open: StreamOpen): StreamRoute;
  broken(error: unknown): void;
  received(bytes: number): void;
}

/** A stream that the peer opened: its first frame tells what it carries. */
export class IncomingStream implements InletHandlers {
  readonly stream: ByteStream;
  readonly inlet: FrameInlet;
  private readonly owner: IncomingStreamOwner;
  private route: StreamRoute | undefined;

  constructor(stream: ByteStream, maxFrameBytes: number, owner: IncomingStreamOwner) {
    this.stream = stream;
    this.owner = owner;
    this.inlet = new FrameInlet(stream, maxFrameBytes, this);
  }

  frame(frame: FrameView): void {
    if (this.route !== undefined) {
      this.route.frame(frame);
    } else if (frame.kind === FrameKind.streamOpen) {
      // The header outlives the frame.
      const open = StreamOpen.decode(Uint8Array.from(headerOf(frame)));
      this.route = this.owner.identified(this, open);
    } else {
      throw new ProtocolError(
        `a stream began with a frame of kind 0x${frame.kind.toString(16)} instead of StreamOpen`,
      );
    }
  }

  ended(): void {
    this.route?.ended();
  }

  wasReset(code: number | undefined): void {
    this.route?.wasReset(code);
  }

  broken(error: unknown): void {
    this.owner.broken(error);
  }

  received(bytes: number): void {
    this.owner.received(bytes);
  }
}
