import { type EncodedFrame, Listeners, type Unsubscribe } from '@macula/core';
import type { ByteStream } from '../connection.ts';
import type { ChunkPool } from './chunk-pool.ts';
import { SendQueue } from './send-queue.ts';

/** Frames on their way into a byte stream: a bounded queue, with word when a full one has room again. */
export class FrameOutbox {
  private readonly queue: SendQueue;
  private readonly lowWater: number;
  private readonly drainListeners = new Listeners();
  private stream: ByteStream | undefined;
  private blocked = false;
  private refused = false;
  private endWanted = false;
  private ended = false;

  /** `limitBytes`: what may wait. */
  constructor(pool: ChunkPool, limitBytes: number) {
    this.queue = new SendQueue(pool, limitBytes);
    this.lowWater = limitBytes / 2;
  }

  get queuedBytes(): number {
    return this.queue.bytes;
  }

  /** Whether flushing would move nothing. */
  get isBlocked(): boolean {
    return this.blocked || this.stream === undefined;
  }

  /** Sends over `stream` from now on; `onRoom` is called when a blocked one takes bytes again. */
  attach(stream: ByteStream, onRoom: () => void): void {
    this.stream = stream;
    stream.onWritable(() => {
      this.blocked = false;
      onRoom();
    });
  }

  /** Queues a frame; false when it was not taken. */
  send(frame: EncodedFrame): boolean {
    if (!this.endWanted && this.queue.push(frame)) return true;
    this.refused = true;
    return false;
  }

  /** Refuses a frame that may not be sent yet: who tried hears of it through `onDrain`. */
  refuse(): false {
    this.refused = true;
    return false;
  }

  /** Moves the queue into the stream as far as flow control allows. */
  flush(): void {
    const { stream } = this;
    if (stream === undefined || this.blocked || this.ended) return;
    if (this.queue.bytes > 0) {
      this.blocked = !this.queue.drainInto((bytes, start, end) => stream.write(bytes, start, end));
    }
    if (this.refused && this.queue.bytes <= this.lowWater) {
      this.refused = false;
      this.drainListeners.emit();
    }
    if (this.endWanted && this.queue.bytes === 0) {
      this.ended = true;
      stream.end();
    }
  }

  /** Ends the stream behind what is queued, with the next flush; nothing more is taken. */
  end(): void {
    this.endWanted = true;
  }

  onDrain(listener: () => void): Unsubscribe {
    return this.drainListeners.add(listener);
  }

  /** Forgets what is queued. */
  discard(): void {
    this.endWanted = true;
    this.ended = true;
    this.queue.clear();
    this.drainListeners.clear();
  }
}
