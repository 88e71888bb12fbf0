import {
  type Clock,
  type EncodedFrame,
  type FrameView,
  type Link,
  type LinkStream,
  Listeners,
  StreamResetError,
  type Unsubscribe,
} from '@macula/core';
import { readFrame } from '@macula/wire';
import type { CallLink } from '../call-link.ts';
import { copyFrame } from '../frame-copy.ts';

/** Bytes that may wait in one direction. */
const windowBytes = 256 * 1024;

/** Two ends of one stream within a node. */
export function loopbackStreams(
  link: CallLink,
  clock: Clock,
  kind: number,
  header: Uint8Array,
): readonly [near: LinkStream, far: LoopbackStream] {
  const near = new LoopbackStream(link as Link, clock, kind, header);
  const far = new LoopbackStream(link as Link, clock, kind, header);
  near.connect(far);
  far.connect(near);
  return [near, far];
}

export class LoopbackStream implements LinkStream {
  readonly link: Link;
  readonly kind: number;
  readonly header: Uint8Array;
  readonly #clock: Clock;
  #peer: LoopbackStream | undefined;
  /** Frames from the peer that have not been delivered; undefined stands for its end. */
  #inbox: (Uint8Array | undefined)[] = [];
  #inboxBytes = 0;
  #receiver: ((frame: FrameView) => void) | undefined;
  #paused = false;
  #refused = false;
  #scheduled = false;
  #ended = false;
  #peerEnded = false;
  #closed = false;
  readonly #drainListeners = new Listeners();
  readonly #endListeners = new Listeners();
  readonly #closeListeners = new Listeners<[error?: Error]>();

  constructor(link: Link, clock: Clock, kind: number, header: Uint8Array) {
    this.link = link;
    this.#clock = clock;
    this.kind = kind;
    this.header = header;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  connect(peer: LoopbackStream): void {
    this.#peer = peer;
  }

  send(frame: EncodedFrame): boolean {
    if (this.#ended || this.#closed) return false;
    const taken = this.#peer?.take(copyFrame(frame)) === true;
    if (!taken) this.#refused = true;
    return taken;
  }

  onDrain(listener: () => void): Unsubscribe {
    return this.#drainListeners.add(listener);
  }

  onFrame(listener: (frame: FrameView) => void): void {
    this.#receiver = listener;
    this.#schedule();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#peer?.take(undefined);
    this.#closeWhenOver();
  }

  reset(code: number): void {
    this.close(new StreamResetError(code));
    this.#peer?.close(new StreamResetError(code));
  }

  onEnd(listener: () => void): Unsubscribe {
    return this.#endListeners.add(listener);
  }

  onClose(listener: (error?: Error) => void): Unsubscribe {
    return this.#closeListeners.add(listener);
  }

  take(bytes: Uint8Array | undefined): boolean {
    if (this.#closed) return false;
    const length = bytes?.length ?? 0;
    if (this.#inboxBytes > 0 && this.#inboxBytes + length > windowBytes) return false;
    this.#inbox.push(bytes);
    this.#inboxBytes += length;
    this.#schedule();
    return true;
  }

  close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox = [];
    this.#closeListeners.emit(error);
    for (const each of [this.#drainListeners, this.#endListeners, this.#closeListeners])
      each.clear();
  }

  drained(): void {
    if (!this.#refused) return;
    this.#refused = false;
    this.#drainListeners.emit();
  }

  #schedule(): void {
    if (this.#scheduled || this.#inbox.length === 0) return;
    this.#scheduled = true;
    this.#clock.defer(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (this.#inbox.length > 0 && !this.#paused && this.#receiver !== undefined) {
      const bytes = this.#inbox.shift();
      if (bytes === undefined) {
        this.#peerEnded = true;
        this.#endListeners.emit();
      } else {
        this.#inboxBytes -= bytes.length;
        this.#receiver(readFrame(bytes));
      }
    }
    this.#peer?.drained();
    this.#closeWhenOver();
  }

  #closeWhenOver(): void {
    if (this.#ended && this.#peerEnded) this.close();
  }
}
