import { type EncodedFrame, Listeners } from '@macula/core';
import { copyInto } from './copy-bytes.ts';
import type { Medium } from './medium.ts';
import type { Path } from './path.ts';
import type { Flushable } from './send-turn.ts';

/** The far end of a channel. */
export interface ChannelReceiver {
  /** Takes one burst of whole frames, and returns how many bytes it has handled; Channel.consumed() tells of the rest. */
  receive(burst: Uint8Array): number;
  /** Nothing more comes. */
  receiveEnd(): void;
}

const longestBurst = 64 * 1024;

/**
 * An ordered, reliable, flow-controlled flow of frames in one direction: what a QUIC stream is to its
 * writer. Frames written in one turn leave as one burst; a queue of limited length waits for the
 * receiver's window. How bursts travel is up to those who extend it.
 */
export abstract class Channel implements Flushable {
  awaitsFlush = false;
  /** Called when something has left the queue or arrived. */
  onProgress: (() => void) | undefined;
  protected readonly medium: Medium;
  protected readonly path: Path;
  private drained: Listeners | undefined;
  /** Bursts before the open one; made for the first, as most queues never hold two. */
  private full: Uint8Array[] | undefined;
  private open: Uint8Array | undefined;
  private openLength = 0;
  private queued = 0;
  private outstanding = 0;
  private refused = false;
  private state: 'open' | 'ending' | 'ended' | 'aborted' = 'open';

  constructor(medium: Medium, path: Path) {
    this.medium = medium;
    this.path = path;
  }

  /** Whether something has left and is not known to have arrived. */
  protected abstract get underWay(): boolean;

  /** Lets a burst leave, or, undefined, the end of the channel. */
  protected abstract depart(burst: Uint8Array | undefined): void;

  get queuedBytes(): number {
    return this.queued;
  }

  /** Nothing is queued or in transit. */
  get idle(): boolean {
    return this.queued === 0 && !this.underWay;
  }

  /** Copies `frame` to the queue; false when that is full or the channel has ended. `force` ignores the limit. */
  send(frame: EncodedFrame, force = false): boolean {
    if (this.state !== 'open') return false;
    const size = frame.end - frame.start;
    if (!force && this.queued > 0 && this.queued + size > this.medium.limits.queueBytes) {
      this.refused = true;
      return false;
    }
    this.append(frame, size);
    this.queued += size;
    this.medium.stats.countSent(this.path.from, frame.kind, size);
    this.medium.sendTurn.add(this);
    return true;
  }

  onDrain(listener: () => void): () => void {
    this.drained ??= new Listeners();
    return this.drained.add(listener);
  }

  /** Sends what the window allows; called at the end of a turn. */
  flush(): void {
    if (this.state === 'aborted' || this.path.from.condition !== 'running') return;
    while (this.queued > 0 && this.outstanding < this.medium.limits.windowBytes) {
      const burst = this.nextBurst();
      this.queued -= burst.length;
      this.outstanding += burst.length;
      this.depart(burst);
    }
    if (this.queued === 0 && this.state === 'ending') {
      this.state = 'ended';
      this.depart(undefined);
    }
    if (this.refused && this.queued <= this.medium.limits.queueBytes / 2) {
      this.refused = false;
      this.drained?.emit();
    }
    this.onProgress?.();
  }

  /** The receiver has handled `bytes` of what it was given. */
  consumed(bytes: number): void {
    this.outstanding -= bytes;
    if (this.queued > 0) this.medium.sendTurn.add(this);
  }

  /** Ended, and the receiver knows it. */
  get over(): boolean {
    return this.state === 'ended' && !this.underWay;
  }

  /** Accepts nothing more; the receiver learns it after everything queued. */
  end(): void {
    if (this.state !== 'open') return;
    this.state = 'ending';
    this.medium.sendTurn.add(this);
  }

  /** Drops everything at once. */
  abort(): void {
    this.state = 'aborted';
    this.full = undefined;
    this.open = undefined;
    this.openLength = 0;
    this.queued = 0;
    this.drained?.clear();
  }

  /** The network lets packets through again, or the sender goes on. */
  wake(): void {
    if (this.queued > 0 || this.state === 'ending') this.medium.sendTurn.add(this);
  }

  private append(frame: EncodedFrame, size: number): void {
    if (this.open !== undefined && this.openLength + size > longestBurst) {
      (this.full ??= []).push(this.seal());
    }
    if (this.open === undefined || this.openLength + size > this.open.length) {
      const needed = this.openLength + size;
      const grown = this.medium.bursts.take(
        // A burst of one frame is the rule; only a second one is worth room for more.
        this.open === undefined ? needed : Math.max(needed, Math.min(longestBurst, needed * 2)),
      );
      if (this.open !== undefined) copyInto(grown, 0, this.open, 0, this.openLength);
      this.open = grown;
    }
    copyInto(this.open, this.openLength, frame.bytes, frame.start, frame.end);
    this.openLength += size;
  }

  private seal(): Uint8Array {
    const open = this.open as Uint8Array;
    const sealed = this.openLength === open.length ? open : open.subarray(0, this.openLength);
    this.open = undefined;
    this.openLength = 0;
    return sealed;
  }

  private nextBurst(): Uint8Array {
    const first = this.full?.shift();
    if (this.full?.length === 0) this.full = undefined;
    return first ?? this.seal();
  }
}
