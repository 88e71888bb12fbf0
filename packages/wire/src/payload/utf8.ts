/** Strings shorter than this are cheaper to build from their bytes than to ask the engine for. */
const shortLength = 20;

/** Node's native decoder, which works on any Uint8Array; invalid sequences become U+FFFD. */
const utf8Slice = (
  Buffer.prototype as unknown as {
    utf8Slice: (this: Uint8Array, start: number, end: number) => string;
  }
).utf8Slice;

/** The UTF-8 text in `bytes[start, end)`. Invalid sequences become U+FFFD. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start < shortLength) {
    let text = '';
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  return utf8Slice.call(bytes, start, end);
}
