import type { EncodedFrame } from '@macula/core';
import { type ChunkPool, chunkBytes } from './chunk-pool.ts';

/** Takes bytes as far as it can and returns how many. */
export type Sink = (bytes: Uint8Array, start: number, end: number) => number;

interface Chunk {
  readonly buffer: Buffer;
  start: number;
  end: number;
}

/**
 * A bounded first-in, first-out queue of bytes. Frames are copied one behind the other into large
 * chunks, so that a burst of small frames leaves in few writes.
 */
export class SendQueue {
  private readonly pool: ChunkPool;
  private readonly limit: number;
  private readonly chunks: Chunk[] = [];
  private tail: Chunk | undefined;
  private size = 0;

  constructor(pool: ChunkPool, limitBytes: number) {
    this.pool = pool;
    this.limit = limitBytes;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.size;
  }

  /** Copies the frame; false when the queue is full. One frame fits into an empty queue, whatever its size. */
  push(frame: EncodedFrame): boolean {
    const length = frame.end - frame.start;
    if (this.size + length > this.limit && this.size > 0) return false;
    let tail = this.tail;
    if (tail === undefined || tail.end + length > tail.buffer.length) tail = this.append(length);
    copy(frame.bytes, frame.start, frame.end, tail.buffer, tail.end);
    tail.end += length;
    this.size += length;
    return true;
  }

  /** Moves what it can into `sink`; true when the queue is empty afterwards. */
  drainInto(sink: Sink): boolean {
    for (let chunk = this.chunks[0]; chunk !== undefined; chunk = this.chunks[0]) {
      const taken = sink(chunk.buffer, chunk.start, chunk.end);
      chunk.start += taken;
      this.size -= taken;
      if (chunk.start < chunk.end) return false;
      this.release();
    }
    return true;
  }

  clear(): void {
    while (this.chunks.length > 0) this.release();
    this.size = 0;
  }

  private append(length: number): Chunk {
    const buffer = length > chunkBytes ? Buffer.allocUnsafeSlow(length) : this.pool.take();
    const chunk = { buffer, start: 0, end: 0 };
    this.chunks.push(chunk);
    this.tail = chunk;
    return chunk;
  }

  private release(): void {
    const chunk = this.chunks.shift();
    if (chunk === undefined) return;
    if (chunk === this.tail) this.tail = undefined;
    this.pool.give(chunk.buffer);
  }
}

// Below this many bytes a loop is faster than the call into the engine that `set` is.
const loopBelow = 32;

function copy(from: Uint8Array, start: number, end: number, to: Buffer, at: number): void {
  if (end - start >= loopBelow) {
    to.set(from.subarray(start, end), at);
    return;
  }
  for (let i = start; i < end; i++) to[at++] = from[i] as number;
}
