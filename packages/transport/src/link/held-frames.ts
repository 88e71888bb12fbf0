import type { FrameView } from '@macula/core';

/** Copies of frames that arrived before they could be delivered; at most what one read brought. */
export class HeldFrames {
  private readonly frames: FrameView[] = [];

  get size(): number {
    return this.frames.length;
  }

  add(frame: FrameView): void {
    const length = frame.payloadEnd - frame.headerStart;
    const bytes = new Uint8Array(length);
    bytes.set(frame.bytes.subarray(frame.headerStart, frame.payloadEnd));
    const headerEnd = frame.headerEnd - frame.headerStart;
    this.frames.push({ kind: frame.kind, bytes, headerStart: 0, headerEnd, payloadEnd: length });
  }

  shift(): FrameView | undefined {
    return this.frames.shift();
  }

  clear(): void {
    this.frames.length = 0;
  }
}
