import {
  type Clock,
  type EncodedFrame,
  type FrameView,
  LinkClosedError,
  type LinkCloseReason,
  type LinkState,
  type LinkStream,
  Listeners,
  type NodeId,
  type Unsubscribe,
} from '@macula/core';
import { readFrame } from '@macula/wire';
import type { CallLink } from '../call-link.ts';
import { copyFrame } from '../frame-copy.ts';
import { loopbackStreams } from './loopback-stream.ts';

/** Bytes that may wait for the end of the turn. */
const maxQueuedBytes = 1024 * 1024;

/** Who gets what is sent over a loopback link. */
export interface LoopbackReceiver {
  onFrame(link: CallLink, frame: FrameView): void;
  onStream(link: CallLink, stream: LinkStream): void;
}

/**
 * The link of a node to itself. Calls to a procedure of this node take it, so that they behave as all others do:
 * values are copied by the codec, deadlines and cancellation apply, and a handler never runs within call(). Delivery waits for
 * the end of the event-loop turn, so that a node that talks to itself does not starve its sockets.
 */
export class LoopbackLink implements CallLink {
  readonly peer: NodeId;
  readonly rtt = 0;
  readonly #clock: Clock;
  readonly #receiver: LoopbackReceiver;
  #state: LinkState = 'open';
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #refused = false;
  #scheduled = false;
  readonly #drainListeners = new Listeners();
  readonly #closeListeners = new Listeners<[LinkCloseReason]>();
  readonly #streams = new Set<LinkStream>();

  constructor(self: NodeId, clock: Clock, receiver: LoopbackReceiver) {
    this.peer = self;
    this.#clock = clock;
    this.#receiver = receiver;
  }

  get state(): LinkState {
    return this.#state;
  }

  send(frame: EncodedFrame): boolean {
    const length = frame.end - frame.start;
    const full = this.#queuedBytes > 0 && this.#queuedBytes + length > maxQueuedBytes;
    if (this.#state !== 'open' || full) {
      this.#refused = true;
      return false;
    }
    this.#queue.push(copyFrame(frame));
    this.#queuedBytes += length;
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#clock.defer(() => this.#deliver());
    }
    return true;
  }

  onDrain(_trafficClass: string, listener: () => void): Unsubscribe {
    return this.#drainListeners.add(listener);
  }

  openStream(kind: number, header: Uint8Array): LinkStream {
    if (this.#state !== 'open') throw new LinkClosedError('this node has stopped');
    const [near, far] = loopbackStreams(this, this.#clock, kind, header);
    this.#streams.add(near);
    near.onClose(() => this.#streams.delete(near));
    this.#clock.defer(() => {
      if (!far.isClosed) this.#receiver.onStream(this, far);
    });
    return near;
  }

  close(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    this.#state = 'closed';
    this.#queue = [];
    for (const stream of [...this.#streams]) stream.reset(0);
    this.#closeListeners.emit({ code: 0, message: 'this node has stopped', remote: false });
    this.#closeListeners.clear();
    this.#drainListeners.clear();
    return Promise.resolve();
  }

  onClose(listener: (reason: LinkCloseReason) => void): Unsubscribe {
    return this.#closeListeners.add(listener);
  }

  #deliver(): void {
    this.#scheduled = false;
    const frames = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const bytes of frames) this.#receiver.onFrame(this, readFrame(bytes));
    if (!this.#refused) return;
    this.#refused = false;
    this.#drainListeners.emit();
  }
}
