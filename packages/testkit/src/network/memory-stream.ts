import {
  AbortedError,
  type EncodedFrame,
  type FrameView,
  type Link,
  type LinkStream,
  Listeners,
  StreamResetError,
  type Unsubscribe,
} from '@macula/core';
import type { Channel, ChannelReceiver } from './channel.ts';
import { type FrameSink, keepFrame } from './frame-reader.ts';
import type { Reception } from './reception.ts';

interface WaitingFrame {
  readonly frame: FrameView;
  readonly size: number;
}

/** What a stream needs of the end of the link it belongs to. */
export interface StreamHome {
  readonly link: Link & { readonly reception: Reception };
  /** Hands a stream that the peer has opened to its handler. */
  accept(stream: MemoryStream): void;
  streamClosed(stream: MemoryStream): void;
}

/** The other end of a stream, as far as this end knows it. */
export interface FarStream {
  /** Closes it with `error` as soon as the network allows. */
  reset(error: StreamResetError): void;
  /** So many bytes of frames that had waited here were handled. */
  consumed(bytes: number): void;
  /** This end is closed. */
  leave(): void;
}

/** One end of a stream over a simulated link. */
export class MemoryStream implements LinkStream, ChannelReceiver, FrameSink {
  readonly kind: number;
  readonly header: Uint8Array;
  /** Whether this side opened it. */
  readonly opener: boolean;
  private readonly home: StreamHome;
  private readonly ended = new Listeners();
  private readonly closed = new Listeners<[error?: Error]>();
  private far: FarStream | undefined;
  private outgoing: Channel | undefined;
  private listener: ((frame: FrameView) => void) | undefined;
  private waiting: WaitingFrame[] = [];
  private waitingBytes = 0;
  private accepted: boolean;
  private paused = false;
  private pumping = false;
  private peerEnded = false;
  private endReported = false;
  private result: { readonly error: Error | undefined } | undefined;

  constructor(home: StreamHome, kind: number, header: Uint8Array, opener: boolean) {
    this.home = home;
    this.kind = kind;
    this.header = header;
    this.opener = opener;
    this.accepted = opener;
  }

  /** Joins this end with its other end and the channel that leads there. */
  connect(far: FarStream, outgoing: Channel): void {
    this.far = far;
    this.outgoing = outgoing;
    outgoing.onProgress = () => {
      this.closeWhenOver();
    };
  }

  get link(): Link {
    return this.home.link;
  }

  get channel(): Channel {
    return this.outgoing as Channel;
  }

  send(frame: EncodedFrame): boolean {
    return this.result === undefined && this.channel.send(frame);
  }

  onDrain(listener: () => void): Unsubscribe {
    return this.channel.onDrain(() => {
      this.home.link.reception.tell('drain listener of a stream', listener);
    });
  }

  onFrame(listener: (frame: FrameView) => void): void {
    this.listener = listener;
    this.pump();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.pump();
  }

  end(): void {
    this.channel.end();
  }

  reset(code: number): void {
    if (this.result !== undefined) return;
    this.far?.reset(new StreamResetError(code));
    this.close(new AbortedError(`this side reset the stream with code ${code}`));
  }

  onEnd(listener: () => void): Unsubscribe {
    if (!this.endReported) return this.ended.add(listener);
    listener();
    return () => undefined;
  }

  onClose(listener: (error?: Error) => void): Unsubscribe {
    if (this.result === undefined) return this.closed.add(listener);
    listener(this.result.error);
    return () => undefined;
  }

  receive(burst: Uint8Array): number {
    if (this.result !== undefined) return burst.length;
    const waitedBefore = this.waitingBytes;
    this.home.link.reception.read(burst, this);
    return burst.length - (this.waitingBytes - waitedBefore);
  }

  /** Takes a frame that has arrived; called by its link. */
  take(frame: FrameView, size: number): void {
    if (this.result !== undefined) return;
    if (!this.accepted) {
      // The first frame of a stream opens it.
      this.accepted = true;
      this.home.accept(this);
    } else if (this.paused || this.listener === undefined || this.waiting.length > 0) {
      this.waiting.push({ frame: keepFrame(frame), size });
      this.waitingBytes += size;
    } else {
      this.deliver(frame);
    }
  }

  receiveEnd(): void {
    this.peerEnded = true;
    this.reportEnd();
  }

  /** Ends both directions here and now; with `keepTransit` the peer still gets what is on its way. */
  close(error?: Error, keepTransit = false): void {
    if (this.result !== undefined) return;
    this.result = { error };
    this.waiting = [];
    this.waitingBytes = 0;
    if (!keepTransit) this.channel.abort();
    this.home.streamClosed(this);
    this.far?.leave();
    // A stream that the peer's handler never saw has nobody to tell.
    if (this.accepted) {
      this.home.link.reception.tell('close listener of a stream', () => {
        this.closed.emit(...(error === undefined ? [] : [error]));
      });
    }
    this.closed.clear();
    this.ended.clear();
  }

  private deliver(frame: FrameView): void {
    this.home.link.reception.guard(
      `frame listener of a stream of kind 0x${this.kind.toString(16)}`,
      () => this.listener?.(frame),
    );
  }

  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    while (!this.paused && this.listener !== undefined) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      this.waitingBytes -= next.size;
      this.deliver(next.frame);
      this.far?.consumed(next.size);
    }
    this.pumping = false;
    this.reportEnd();
  }

  private reportEnd(): void {
    if (!this.peerEnded || this.endReported || this.waiting.length > 0) return;
    if (this.result !== undefined) return;
    this.endReported = true;
    this.home.link.reception.tell('end listener of a stream', () => {
      this.ended.emit();
    });
    this.closeWhenOver();
  }

  private closeWhenOver(): void {
    if (this.endReported && this.channel.over) this.close();
  }
}
