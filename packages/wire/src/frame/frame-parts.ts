import type { FrameView } from '@macula/core';

/** The frame's protobuf header, in place: valid only while the frame is. */
export function headerOf(frame: FrameView): Uint8Array {
  return frame.bytes.subarray(frame.headerStart, frame.headerEnd);
}

/** The frame's encoded payload, in place: valid only while the frame is. */
export function payloadOf(frame: FrameView): Uint8Array {
  return frame.bytes.subarray(frame.headerEnd, frame.payloadEnd);
}

/** The frame's encoded payload in memory of its own, to be kept. */
export function copyPayload(frame: FrameView): Uint8Array {
  return new Uint8Array(payloadOf(frame));
}
