import {
  type EncodedFrame,
  type FrameView,
  type Link,
  LinkClosedError,
  type LinkStream,
  Listeners,
  StreamResetError,
  type Unsubscribe,
} from '@macula/core';
import type { ByteStream } from '../connection.ts';
import type { FrameInlet, InletHandlers } from './frame-inlet.ts';
import type { FrameOutbox } from './frame-outbox.ts';

/** What a stream needs of its link. */
export interface OwnStreamOwner {
  readonly link: Link;
  /** Frames wait in `outbox`. */
  queued(outbox: FrameOutbox): void;
  /** Both directions are over. */
  closed(stream: OwnStream): void;
  /** The peer broke the protocol on this stream. */
  broken(error: unknown): void;
  received(bytes: number): void;
}

/** A stream of frames beside the link's shared ones. Its inlet holds from the start until `onFrame`. */
export class OwnStream implements LinkStream, InletHandlers {
  readonly kind: number;
  readonly header: Uint8Array;
  private readonly owner: OwnStreamOwner;
  private readonly stream: ByteStream;
  private readonly outbox: FrameOutbox;
  private readonly endListeners = new Listeners();
  private readonly closeListeners = new Listeners<[error?: Error]>();
  private inlet: FrameInlet | undefined;
  private frameListener: ((frame: FrameView) => void) | undefined;
  private paused = false;
  private remoteEnded = false;
  private localEnded = false;
  private over: { readonly error: Error | undefined } | undefined;

  constructor(
    owner: OwnStreamOwner,
    stream: ByteStream,
    outbox: FrameOutbox,
    kind: number,
    header: Uint8Array,
  ) {
    this.owner = owner;
    this.stream = stream;
    this.outbox = outbox;
    this.kind = kind;
    this.header = header;
    outbox.attach(stream, () => {
      owner.queued(outbox);
    });
  }

  get link(): Link {
    return this.owner.link;
  }

  /** Frames come out of `inlet`, which is holding. */
  readFrom(inlet: FrameInlet): void {
    this.inlet = inlet;
    this.letFlow();
  }

  send(frame: EncodedFrame): boolean {
    if (this.over !== undefined || this.localEnded || !this.outbox.send(frame)) return false;
    this.owner.queued(this.outbox);
    return true;
  }

  onDrain(listener: () => void): Unsubscribe {
    return this.outbox.onDrain(listener);
  }

  onFrame(listener: (frame: FrameView) => void): void {
    this.frameListener = listener;
    this.letFlow();
  }

  pause(): void {
    this.paused = true;
    this.inlet?.hold();
  }

  resume(): void {
    this.paused = false;
    this.letFlow();
  }

  end(): void {
    if (this.localEnded || this.over !== undefined) return;
    this.localEnded = true;
    this.outbox.end();
    this.owner.queued(this.outbox);
    this.finishWhenOver();
  }

  reset(code: number): void {
    if (this.over !== undefined) return;
    this.stream.reset(code);
    this.outbox.discard();
    this.finish(undefined);
  }

  onEnd(listener: () => void): Unsubscribe {
    if (this.remoteEnded) {
      listener();
      return () => undefined;
    }
    return this.endListeners.add(listener);
  }

  onClose(listener: (error?: Error) => void): Unsubscribe {
    if (this.over !== undefined) {
      listener(this.over.error);
      return () => undefined;
    }
    return this.closeListeners.add(listener);
  }

  /** The link is gone. */
  lost(error: Error): void {
    this.outbox.discard();
    this.finish(error);
  }

  frame(frame: FrameView): void {
    this.frameListener?.(frame);
  }

  ended(): void {
    this.remoteEnded = true;
    this.endListeners.emit();
    this.endListeners.clear();
    this.finishWhenOver();
  }

  broken(error: unknown): void {
    this.owner.broken(error);
  }

  received(bytes: number): void {
    this.owner.received(bytes);
  }

  /** The peer reset the stream, or the connection is gone. */
  wasReset(code: number | undefined): void {
    this.outbox.discard();
    this.finish(
      code === undefined
        ? new LinkClosedError('the link of this stream was closed')
        : new StreamResetError(code),
    );
  }

  private letFlow(): void {
    if (this.frameListener !== undefined && !this.paused) this.inlet?.release();
  }

  private finishWhenOver(): void {
    if (this.remoteEnded && this.localEnded) this.finish(undefined);
  }

  private finish(error: Error | undefined): void {
    if (this.over !== undefined) return;
    this.over = { error };
    if (!this.remoteEnded) this.inlet?.stop();
    this.owner.closed(this);
    this.closeListeners.emit(error);
    this.closeListeners.clear();
    this.endListeners.clear();
  }
}
