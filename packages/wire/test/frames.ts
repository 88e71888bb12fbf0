import fc from 'fast-check';
import type { FrameView } from '@macula/core';
import { copyPayload, FrameDecoder, FrameWriter, headerOf } from '../src/index.ts';

/** What is in a frame. */
export interface FrameContents {
  readonly kind: number;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** Frames of every kind and of sizes that need one to three bytes of length. */
export const frames: fc.Arbitrary<FrameContents> = fc.record({
  kind: fc.oneof(fc.nat(0x7f), fc.maxSafeNat()),
  header: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 300 })),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(20_000).map((length) => new Uint8Array(length).fill(length)),
  ),
});

/** The frame's bytes. */
export function encodeFrame({ kind, header, payload }: FrameContents): Uint8Array {
  const writer = new FrameWriter().payload(payload).frame(kind, header);
  return writer.bytes.slice(writer.start, writer.end);
}

/** A frame in one line, since jest compares long arrays element by element. */
export function lineOf({ kind, header, payload }: FrameContents): string {
  return `${kind} ${hexOf(header)} ${hexOf(payload)}`;
}

export function contentsOf(frame: FrameView): FrameContents {
  return {
    kind: frame.kind,
    header: new Uint8Array(headerOf(frame)),
    payload: copyPayload(frame),
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Cuts `bytes` after the given shares of what is left, so that any chunking can come about. */
export function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(bytes.subarray(at, at + length));
    at = Math.min(bytes.length, at + length);
  }
  return [...chunks, bytes.subarray(at)];
}

/** The frames in chunks, each fed at an offset in a larger buffer that is overwritten afterwards, as engines reuse theirs. */
export function decodeChunks(decoder: FrameDecoder, chunks: readonly Uint8Array[]): string[] {
  const received: string[] = [];
  for (const chunk of chunks) {
    const buffer = new Uint8Array(chunk.length + 7).fill(0xee);
    buffer.set(chunk, 3);
    decoder.push(buffer, 3, 3 + chunk.length, (frame) => received.push(lineOf(contentsOf(frame))));
    buffer.fill(0xdd);
  }
  return received;
}
