import type { EncodedFrame } from '@macula/core';

/** The frame's bytes in memory of their own. Not `slice`: that of a Buffer, which writers use, is a view. */
export function copyFrame(frame: EncodedFrame): Uint8Array {
  return new Uint8Array(frame.bytes.subarray(frame.start, frame.end));
}
