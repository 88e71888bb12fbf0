import type { FrameView } from '@macula/core';

/** The most fields that a hot header has. */
const maxField = 4;

/**
 * Reads and writes the headers of calls and results without allocating: protobuf messages in which only
 * the fields 1 to 4, all varints, are set. Byte for byte what the generated codec writes; `read` says no to
 * everything else (unknown fields, strings, numbers from 2^28), which then goes to the generated decoder.
 */
export class HotHeader {
  /** The header that was written last is `bytes[0, length)`. */
  readonly bytes = new Uint8Array((1 + 5) * maxField);
  length = 0;
  /** What was read last, by field number. */
  readonly fields = new Int32Array(maxField + 1);

  /** Writes fields 1 to 4; zeros are left out, as proto3 has it. Each from 0 to 2^32 - 1. */
  write(first: number, second: number, third: number, fourth: number): this {
    this.length = 0;
    if (first !== 0) this.#field(1, first);
    if (second !== 0) this.#field(2, second);
    if (third !== 0) this.#field(3, third);
    if (fourth !== 0) this.#field(4, fourth);
    return this;
  }

  /** Reads the header of `frame` into `fields`; false when it is not of the simple form. */
  read(frame: FrameView): boolean {
    const { bytes, headerEnd } = frame;
    const fields = this.fields;
    fields[1] = fields[2] = fields[3] = fields[4] = 0;
    let at = frame.headerStart;
    while (at < headerEnd) {
      const tag = bytes[at++] as number;
      if ((tag & 7) !== 0 || tag < 1 << 3 || tag > maxField << 3) return false;
      let value = 0;
      let shift = 0;
      let byte = 0x80;
      while (byte >= 0x80) {
        if (at >= headerEnd || shift > 21) return false;
        byte = bytes[at++] as number;
        value |= (byte & 0x7f) << shift;
        shift += 7;
      }
      fields[tag >>> 3] = value;
    }
    return true;
  }

  #field(number: number, value: number): void {
    this.bytes[this.length++] = number << 3;
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }
}
