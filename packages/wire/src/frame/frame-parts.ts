import type { FrameView } from '@macula/core';
import { binarySlab } from '../payload/binary-slab.ts';

/** The frame's protobuf header, in place: valid only while the frame is. */
export function headerOf(frame: FrameView): Uint8Array {
  return frame.bytes.subarray(frame.headerStart, frame.headerEnd);
}

/** The frame's encoded payload, in place: valid only while the frame is. */
export function payloadOf(frame: FrameView): Uint8Array {
  return frame.bytes.subarray(frame.headerEnd, frame.payloadEnd);
}

/** A copy of the frame's encoded payload, to be kept. */
export function copyPayload(frame: FrameView): Uint8Array {
  return binarySlab.copy(frame.bytes, frame.headerEnd, frame.payloadEnd);
}
