import { MalformedPayloadError } from '../errors.ts';

/** MessagePack's timestamp, type -1. */
const timestampType = 0xff;
/** `undefined`: one byte of data, ignored. */
const undefinedType = 0x00;

/** Reads an extension's data, `bytes[start, start + length)`. Throws MalformedPayloadError for types that the protocol does not name. */
export function readExtension(
  type: number,
  bytes: Uint8Array,
  start: number,
  length: number,
): Date | undefined {
  if (type === timestampType) return readTimestamp(bytes, start, length);
  if (type === undefinedType && length === 1) return undefined;
  throw new MalformedPayloadError(
    `extension type ${(type << 24) >> 24} with ${length} bytes of data is not part of the protocol`,
  );
}

/** The timestamp forms of 4, 8 and 12 bytes; finer than a millisecond is cut off. */
function readTimestamp(bytes: Uint8Array, start: number, length: number): Date {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length);
  switch (length) {
    case 4:
      return new Date(view.getUint32(0) * 1000);
    case 8: {
      const high = view.getUint32(0);
      const seconds = (high & 0x3) * 0x1_0000_0000 + view.getUint32(4);
      return dateOf(seconds, high >>> 2);
    }
    case 12:
      return dateOf(Number(view.getBigInt64(4)), view.getUint32(0));
    default:
      throw new MalformedPayloadError(`a timestamp has 4, 8 or 12 bytes, not ${length}`);
  }
}

function dateOf(seconds: number, nanoseconds: number): Date {
  const date = new Date(seconds * 1000 + Math.floor(nanoseconds / 1_000_000));
  if (nanoseconds > 999_999_999 || Number.isNaN(date.getTime())) {
    throw new MalformedPayloadError('a timestamp lies outside of what a Date can hold');
  }
  return date;
}
