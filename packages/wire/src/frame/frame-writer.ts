import { type EncodedFrame, InvalidArgumentError } from '@macula/core';
import { largestHeadroom, smallestPackBuffer, valuePacker } from '../payload/value-packer.ts';
import { varintLength, writeVarint } from '../varint.ts';

/** Buffers that a large message has grown beyond this are given back with the next message. */
const longestKeptBuffer = 256 * 1024;

/**
 * Builds frames in one buffer that is used again for every message: first the payload, then any number of
 * headers in front of it, written backwards, so that nothing is moved.
 *
 *     link.send(writer.value(measurement).frame(FrameKind.event, header));
 *
 * A frame is valid until the writer's next call.
 */
export class FrameWriter implements EncodedFrame {
  readonly #initialCapacity: number;
  #buffer: Buffer;
  #payloadStart = largestHeadroom;
  #start = largestHeadroom;
  #end = largestHeadroom;
  #kind = 0;

  /** `initialCapacity`: bytes to begin with. Default 4,096, least 255; grows as messages need it. */
  constructor(initialCapacity = smallestPackBuffer) {
    this.#initialCapacity = Math.max(largestHeadroom, initialCapacity);
    this.#buffer = Buffer.allocUnsafeSlow(this.#initialCapacity);
  }

  get kind(): number {
    return this.#kind;
  }

  get bytes(): Uint8Array {
    return this.#buffer;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Makes `value`, MessagePack-encoded, the payload. Throws InvalidPayloadError for what has no encoding. */
  value(value: unknown): this {
    this.#giveBack();
    if (this.#buffer.length < smallestPackBuffer) {
      this.#buffer = Buffer.allocUnsafeSlow(smallestPackBuffer);
    }
    const packed = valuePacker.packInto(this.#buffer, largestHeadroom, value);
    this.#buffer = packed;
    this.#setPayload(packed.start + largestHeadroom, packed.end);
    return this;
  }

  /** Makes a copy of `bytes[start, end)` the payload: one that is encoded already, as when forwarding. */
  payload(bytes: Uint8Array, start = 0, end = bytes.length): this {
    this.#giveBack();
    const length = end - start;
    if (largestHeadroom + length > this.#buffer.length) {
      this.#buffer = Buffer.allocUnsafeSlow(largestHeadroom + length);
    }
    this.#buffer.set(
      start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end),
      largestHeadroom,
    );
    this.#setPayload(largestHeadroom, largestHeadroom + length);
    return this;
  }

  /** Makes the payload empty. */
  empty(): this {
    this.#giveBack();
    this.#setPayload(largestHeadroom, largestHeadroom);
    return this;
  }

  /**
   * Puts length, kind, and header (its first `headerLength` bytes) in front of the payload. May be called again
   * for the same payload with another kind or header.
   */
  frame(kind: number, header: Uint8Array, headerLength = header.length): this {
    if (headerLength > header.length || !(kind >= 0)) {
      throw new InvalidArgumentError(
        `a frame needs a kind of at least 0 and ${headerLength} bytes of header, got ${kind} and ${header.length}`,
      );
    }
    const kindLength = varintLength(kind);
    const headerPrefix = varintLength(headerLength);
    const payloadLength = this.#end - this.#payloadStart;
    const length = kindLength + headerPrefix + headerLength + payloadLength;
    const front = varintLength(length) + length - payloadLength;
    if (front > this.#payloadStart) this.#makeHeadroom(front);
    const buffer = this.#buffer;
    const start = this.#payloadStart - front;
    let at = writeVarint(buffer, start, length);
    at = writeVarint(buffer, at, kind);
    at = writeVarint(buffer, at, headerLength);
    // Headers are short: below this length a loop is faster than making the view that set() needs.
    if (headerLength <= 64) {
      for (let i = 0; i < headerLength; i++) buffer[at + i] = header[i] as number;
    } else
      buffer.set(headerLength === header.length ? header : header.subarray(0, headerLength), at);
    this.#kind = kind;
    this.#start = start;
    return this;
  }

  #setPayload(start: number, end: number): void {
    this.#payloadStart = start;
    this.#start = start;
    this.#end = end;
  }

  /** For headers longer than the headroom: moves the payload back. */
  #makeHeadroom(front: number): void {
    const moved = Buffer.allocUnsafeSlow(
      Math.max(this.#initialCapacity, front + this.#end - this.#payloadStart),
    );
    this.#buffer.copy(moved, front, this.#payloadStart, this.#end);
    this.#end = front + this.#end - this.#payloadStart;
    this.#payloadStart = front;
    this.#buffer = moved;
  }

  #giveBack(): void {
    if (this.#buffer.length > longestKeptBuffer) {
      this.#buffer = Buffer.allocUnsafeSlow(this.#initialCapacity);
    }
  }
}
