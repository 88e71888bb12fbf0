import { type FrameView, ProtocolError } from '@macula/core';
import { FrameDecoder } from '@macula/wire';
import { copyBytes } from './copy-bytes.ts';

/** What a handler that keeps a view beyond its call finds in it instead of its frame. */
const poison = 0xdd;

/** Takes the frames of a burst. */
export interface FrameSink {
  /** `size`: of the encoded frame, in bytes. */
  take(frame: FrameView, size: number): void;
}

/** Splits bursts of whole frames; one serves a whole network, as bursts are read one at a time. */
export class FrameReader {
  private readonly maxFrameSize: number;
  private decoder: FrameDecoder;
  private sink: FrameSink | undefined;
  private end = 0;

  constructor(maxFrameSize: number) {
    this.maxFrameSize = maxFrameSize;
    this.decoder = new FrameDecoder({ maxFrameSize });
  }

  /**
   * Gives every frame of `burst` to `sink`. Throws what the decoder throws,
   * and ProtocolError when the burst ends within a frame. Overwrites the burst afterwards, so that a
   * view kept too long is noticed.
   */
  read(burst: Uint8Array, sink: FrameSink): void {
    this.sink = sink;
    this.end = 0;
    try {
      this.decoder.push(burst, 0, burst.length, this.onFrame);
      if (this.end !== burst.length) throw new ProtocolError('a frame is shorter than it says');
    } catch (error) {
      // The decoder may be in the middle of a frame: the next burst must not continue it.
      this.decoder = new FrameDecoder({ maxFrameSize: this.maxFrameSize });
      throw error;
    } finally {
      this.sink = undefined;
      burst.fill(poison);
    }
  }

  private readonly onFrame = (frame: FrameView): void => {
    const size = frame.payloadEnd - this.end;
    this.end = frame.payloadEnd;
    this.sink?.take(frame, size);
  };
}

/** A copy of a frame that stays valid. */
export function keepFrame(frame: FrameView): FrameView {
  const { headerStart } = frame;
  return {
    kind: frame.kind,
    bytes: copyBytes(frame.bytes, headerStart, frame.payloadEnd),
    headerStart: 0,
    headerEnd: frame.headerEnd - headerStart,
    payloadEnd: frame.payloadEnd - headerStart,
  };
}
