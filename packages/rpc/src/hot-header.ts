import type { FrameView } from '@macula/core';
import { noDetails, writeVarint } from '@macula/wire';

/** The fields 1 to 4 are numbers. */
const maxNumber = 4;
/** What begins a call's details, its last field. */
const tagDetails = (7 << 3) | 2;
/** The longest header without details, and what stands before details. */
const maxOverhead = (1 + 5) * maxNumber + 1 + 5;

/**
 * Reads and writes the headers of calls and results (nearly) without allocating: protobuf messages in which only
 * the fields 1 to 4, all varints, are set, and a call's details. Byte for byte what the generated codec writes; `read`
 * says no to everything else (other fields, numbers from 2^28), which then goes to the generated decoder.
 */
export class HotHeader {
  /** The header that was written last is `bytes[0, length)`. */
  bytes = new Uint8Array(maxOverhead);
  length = 0;
  /** The numbers that were read last, by field number. */
  readonly fields = new Int32Array(maxNumber + 1);
  /** The details that were read last; valid as long as the frame. */
  details: Uint8Array = noDetails;

  /** Writes fields 1 to 4, each from 0 to 2^32 - 1, and details; zeros and what is empty are left out, as proto3 has it. */
  write(
    first: number,
    second: number,
    third: number,
    fourth: number,
    details: Uint8Array = noDetails,
  ): this {
    this.length = 0;
    if (first !== 0) this.#field(1, first);
    if (second !== 0) this.#field(2, second);
    if (third !== 0) this.#field(3, third);
    if (fourth !== 0) this.#field(4, fourth);
    if (details.length > 0) this.#writeDetails(details);
    return this;
  }

  /** Reads the header of `frame` into `fields`; false when it is not of the simple form. */
  read(frame: FrameView): boolean {
    const { bytes, headerEnd } = frame;
    const fields = this.fields;
    fields[1] = fields[2] = fields[3] = fields[4] = 0;
    this.details = noDetails;
    let at = frame.headerStart;
    while (at < headerEnd) {
      const tag = bytes[at++] as number;
      if (tag !== tagDetails && ((tag & 7) !== 0 || tag < 1 << 3 || tag > maxNumber << 3)) {
        return false;
      }
      let value = 0;
      let shift = 0;
      let byte = 0x80;
      while (byte >= 0x80) {
        if (at >= headerEnd || shift > 21) return false;
        byte = bytes[at++] as number;
        value |= (byte & 0x7f) << shift;
        shift += 7;
      }
      if (tag === tagDetails) {
        this.details = bytes.subarray(at, headerEnd);
        return this.details.length === value;
      }
      fields[tag >>> 3] = value;
    }
    return true;
  }

  #writeDetails(details: Uint8Array): void {
    if (this.bytes.length < maxOverhead + details.length) {
      const grown = new Uint8Array(maxOverhead + details.length);
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes[this.length] = tagDetails;
    const begin = writeVarint(this.bytes, this.length + 1, details.length);
    this.bytes.set(details, begin);
    this.length = begin + details.length;
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
