import type { FrameView } from '@macula/core';
import { valuePacker } from './value-packer.ts';
import { ValueReader } from './value-reader.ts';

/** One for the process: it keeps nothing from one call to the next but a cache of fixed size. */
const reader = new ValueReader();

/** A frame's payload as the value it encodes; `undefined` when it is empty. The value may be kept. Throws MalformedPayloadError. */
export function decodePayload(frame: FrameView): unknown {
  return frame.headerEnd === frame.payloadEnd
    ? undefined
    : reader.read(frame.bytes, frame.headerEnd, frame.payloadEnd);
}

/** MessagePack for `value`, in memory that nobody writes to again. Throws InvalidPayloadError. */
export function encodeValue(value: unknown): Uint8Array {
  return valuePacker.pack(value);
}

/** The value that `bytes` encode; binaries in it are copies. Throws MalformedPayloadError. */
export function decodeValue(bytes: Uint8Array): unknown {
  return reader.read(bytes, 0, bytes.length);
}
