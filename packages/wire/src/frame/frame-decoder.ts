import type { FrameView } from '@macula/core';
import { FrameTooLargeError, MalformedFrameError } from '../errors.ts';
import { readVarint, type VarintCursor } from '../varint.ts';

/** How many bytes a frame may announce behind its length, unless the receiver says otherwise. */
export const defaultMaxFrameSize = 1024 * 1024;

/** What a carry buffer starts with; it grows with what really arrives. */
const firstCarry = 4096;
/** Carry buffers up to this size are kept from frame to frame. */
const longestKeptCarry = 64 * 1024;

export interface FrameDecoderOptions {
  /** The most bytes that a frame may announce behind its length. Default 1 MiB. */
  readonly maxFrameSize?: number;
}

/** The one view that a decoder hands out, again and again. */
class ReusedFrameView implements FrameView {
  kind = 0;
  bytes: Uint8Array = new Uint8Array(0);
  headerStart = 0;
  headerEnd = 0;
  payloadEnd = 0;
}

/**
 * Cuts a stream of bytes into frames, whatever the chunks it comes in. A frame that lies whole in a chunk is
 * handed out where it lies; only one that straddles chunks is put together in a buffer of its own,
 * which never holds more than one frame. Limits are checked as soon as the length is known.
 */
export class FrameDecoder {
  readonly #maxFrameSize: number;
  readonly #view = new ReusedFrameView();
  readonly #cursor: VarintCursor = { offset: 0 };
  /** The beginning of a frame that has yet to arrive whole is `#carry[0, #carried)`. */
  #carry = new Uint8Array(0);
  #carried = 0;
  /** While frames are handed out, and for good after an exception. */
  #blocked = false;

  constructor(options: FrameDecoderOptions = {}) {
    this.#maxFrameSize = options.maxFrameSize ?? defaultMaxFrameSize;
  }

  /** Bytes of a frame that has not arrived whole. */
  get pendingBytes(): number {
    return this.#carried;
  }

  /**
   * Takes the stream's next bytes, `bytes[start, end)`, and calls `onFrame` for each frame that they complete. The
   * view is valid during the call only. Throws FrameTooLargeError or MalformedFrameError, or what `onFrame`
   * throws; the decoder takes nothing more after that, since it has lost its place in the stream.
   */
  push(bytes: Uint8Array, start: number, end: number, onFrame: (frame: FrameView) => void): void {
    if (this.#blocked) {
      throw new MalformedFrameError(
        'an earlier frame of this stream was malformed, or its handler threw or pushes itself',
      );
    }
    this.#blocked = true;
    const from = this.#carried === 0 ? start : this.#completeCarried(bytes, start, end, onFrame);
    this.#pushWhole(bytes, from, end, onFrame);
    this.#blocked = false;
  }

  /** Hands out the frames that lie whole in `bytes[start, end)` and keeps the rest. */
  #pushWhole(
    bytes: Uint8Array,
    start: number,
    end: number,
    onFrame: (frame: FrameView) => void,
  ): void {
    const cursor = this.#cursor;
    let at = start;
    while (at < end) {
      cursor.offset = at;
      const length = this.#frameLength(bytes, end);
      if (length === -1 || length > end - cursor.offset) break;
      at = cursor.offset + length;
      this.#emit(bytes, at, onFrame);
    }
    if (at < end) this.#carryOn(bytes, at, end);
  }

  /** Adds to the carried frame what it lacks; gives where the chunk's next frame begins. */
  #completeCarried(
    bytes: Uint8Array,
    start: number,
    end: number,
    onFrame: (frame: FrameView) => void,
  ): number {
    let at = start;
    const cursor = this.#cursor;
    cursor.offset = 0;
    let length = this.#frameLength(this.#carry, this.#carried);
    // The length itself may be cut in two: it is completed byte by byte.
    while (length === -1 && at < end) {
      this.#carryOn(bytes, at, ++at);
      cursor.offset = 0;
      length = this.#frameLength(this.#carry, this.#carried);
    }
    if (length === -1) return end;
    const prefix = cursor.offset;
    const whole = prefix + length;
    const until = Math.min(end, at + whole - this.#carried);
    if (until > at) this.#carryOn(bytes, at, until);
    if (this.#carried < whole) return end;
    const carry = this.#carry;
    this.#carried = 0;
    if (carry.length > longestKeptCarry) this.#carry = new Uint8Array(0);
    cursor.offset = prefix;
    this.#emit(carry, whole, onFrame);
    return until;
  }

  /** The length of the frame at the cursor, or -1 when `end` cuts it off. Checks the limit. */
  #frameLength(bytes: Uint8Array, end: number): number {
    const length = readVarint(bytes, this.#cursor, end);
    if (length > this.#maxFrameSize) {
      throw new FrameTooLargeError(
        `a frame of ${length} bytes exceeds the limit of ${this.#maxFrameSize}`,
      );
    }
    return length;
  }

  /** Hands out the frame whose kind is at the cursor. */
  #emit(bytes: Uint8Array, end: number, onFrame: (frame: FrameView) => void): void {
    locateFrame(this.#view, bytes, this.#cursor, end);
    onFrame(this.#view);
  }

  #carryOn(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(firstCarry, needed, 2 * this.#carried));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(bytes.subarray(start, end), this.#carried);
    this.#carried = needed;
  }
}

/** Sets `view` to the frame whose kind is at `cursor` and whose payload ends at `end`. Throws MalformedFrameError. */
function locateFrame(
  view: ReusedFrameView,
  bytes: Uint8Array,
  cursor: VarintCursor,
  end: number,
): void {
  const kind = readVarint(bytes, cursor, end);
  const headerLength = kind === -1 ? -1 : readVarint(bytes, cursor, end);
  const headerEnd = cursor.offset + headerLength;
  if (headerLength === -1 || headerEnd > end) {
    throw new MalformedFrameError('a frame ends before its header does');
  }
  view.kind = kind;
  view.bytes = bytes;
  view.headerStart = cursor.offset;
  view.headerEnd = headerEnd;
  view.payloadEnd = end;
}

/**
 * The one frame that `bytes[start, end)` is, as in a datagram. Throws MalformedFrameError when
 * it is not exactly one.
 */
export function readFrame(bytes: Uint8Array, start = 0, end = bytes.length): FrameView {
  const cursor: VarintCursor = { offset: start };
  const length = readVarint(bytes, cursor, end);
  if (length === -1 || cursor.offset + length !== end) {
    throw new MalformedFrameError(`${end - start} bytes are not exactly one frame`);
  }
  const view = new ReusedFrameView();
  locateFrame(view, bytes, cursor, end);
  return view;
}
