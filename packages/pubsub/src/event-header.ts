import {
  decodeMessage,
  EventHeader,
  EventHeader_Retention,
  MalformedFrameError,
  noDetails,
  readVarint,
  type VarintCursor,
  writeVarint,
} from '@macula/wire';

/** What an EVENT frame says of retained values. */
export const Retention = {
  none: EventHeader_Retention.NONE,
  keep: EventHeader_Retention.KEEP,
  kept: EventHeader_Retention.KEPT,
} as const;

/** The longest header that `writeEventHeader` makes, in bytes, details aside. */
export const maxEventHeaderLength = 320;
/** The longest `traceparent`, in characters: W3C's is 55, and later versions may be longer. */
const maxTraceparentLength = 128;
/** W3C Trace Context, section 3.2: version, trace-id, parent-id and trace-flags, to which later versions may append. */
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-[!-~]*)?$/;

/** Precedes the alias, which headers of events begin with, on links and in trees. */
export const tagAlias = 0x08;
const tagSequence = 0x10;
const tagSkipped = 0x18;
const tagQos = 0x20;
const tagRetention = 0x28;
const tagExpiresInMs = 0x30;
const tagDisclosed = 0x38;
const tagPublishedAt = 0x40;
const tagTraceparent = 0x4a;
const tagDetails = 0x52;

const utf8 = new TextEncoder();

/** The fields of an EVENT header as plain numbers; zero and empty mean absent, as in proto3. */
export interface EventFields {
  readonly alias: number;
  readonly sequence: number;
  readonly skipped: number;
  readonly qos: number;
  readonly retention: number;
  readonly expiresInMs: number;
  readonly disclosed: boolean;
  readonly publishedAt: number;
  readonly traceparent: string;
  /** Encoded. */
  readonly details: Uint8Array;
}

/** Whether events can carry the text as their trace context. */
export function isTraceparent(text: string): boolean {
  return text.length <= maxTraceparentLength && traceparentForm.test(text);
}

/** Writes what every EVENT header of a topic begins with; the sequence follows at the returned offset. */
export function writeHeaderPrefix(bytes: Uint8Array, alias: number): number {
  bytes[0] = tagAlias;
  const offset = writeVarint(bytes, 1, alias);
  bytes[offset] = tagSequence;
  return offset + 1;
}

/** Writes a whole EVENT header, byte for byte what the generated encoder gives. Returns its length. */
export function writeEventHeader(bytes: Uint8Array, fields: EventFields): number {
  let offset = writeHeaderPrefix(bytes, fields.alias);
  offset = writeVarint(bytes, offset, fields.sequence);
  offset = writeField(bytes, offset, tagSkipped, fields.skipped);
  offset = writeField(bytes, offset, tagQos, fields.qos);
  offset = writeField(bytes, offset, tagRetention, fields.retention);
  offset = writeField(bytes, offset, tagExpiresInMs, fields.expiresInMs);
  offset = writeField(bytes, offset, tagDisclosed, fields.disclosed ? 1 : 0);
  offset = writeField(bytes, offset, tagPublishedAt, fields.publishedAt);
  if (fields.traceparent !== '') {
    const text = utf8.encode(fields.traceparent);
    bytes[offset++] = tagTraceparent;
    offset = writeVarint(bytes, offset, text.length);
    bytes.set(text, offset);
    offset += text.length;
  }
  return writeDetails(bytes, offset, fields.details);
}

/** Writes the last field of an EVENT header. Returns where it ends. */
export function writeDetails(bytes: Uint8Array, offset: number, details: Uint8Array): number {
  if (details.length === 0) return offset;
  bytes[offset] = tagDetails;
  const begin = writeVarint(bytes, offset + 1, details.length);
  bytes.set(details, begin);
  return begin + details.length;
}

function writeField(bytes: Uint8Array, offset: number, tag: number, value: number): number {
  if (value === 0) return offset;
  bytes[offset] = tag;
  return writeVarint(bytes, offset + 1, value);
}

/**
 * Reads EVENT headers into its own fields, so that the common one, alias and sequence only, costs no
 * allocation, and one with details not much. Whatever else a header has goes through the generated decoder.
 */
export class EventHeaderReader implements EventFields, VarintCursor {
  alias = 0;
  sequence = 0;
  skipped = 0;
  qos = 0;
  retention = 0;
  expiresInMs = 0;
  disclosed = false;
  publishedAt = 0;
  traceparent = '';
  /** Valid as long as the bytes that were read. */
  details: Uint8Array = noDetails;
  /** The header had alias, sequence and perhaps details only. */
  plain = true;
  /** Where reading goes on, for `readVarint`. */
  offset = 0;

  /** Throws ProtocolError. */
  read(bytes: Uint8Array, start: number, end: number): void {
    if (end - start >= 4 && bytes[start] === tagAlias) {
      this.alias = this.#varint(bytes, start + 1, end);
      if (bytes[this.offset] === tagSequence && this.offset < end) {
        this.sequence = this.#varint(bytes, this.offset + 1, end);
        if (this.#endsPlainly(bytes, end)) return;
      }
    }
    this.#readAll(bytes.subarray(start, end));
  }

  /** Reads what follows the sequence; false when that is more than details. */
  #endsPlainly(bytes: Uint8Array, end: number): boolean {
    let details: Uint8Array = noDetails;
    if (this.offset < end) {
      if (bytes[this.offset] !== tagDetails) return false;
      const length = this.#varint(bytes, this.offset + 1, end);
      if (this.offset + length !== end) return false;
      details = bytes.subarray(this.offset, end);
    }
    if (!this.plain) this.#clear();
    this.details = details;
    return true;
  }

  #varint(bytes: Uint8Array, offset: number, end: number): number {
    this.offset = offset;
    const value = readVarint(bytes, this, end);
    if (value < 0) throw new MalformedFrameError('an event header ends within a number');
    return value;
  }

  #clear(): void {
    this.plain = true;
    this.skipped = this.qos = this.retention = this.expiresInMs = this.publishedAt = 0;
    this.disclosed = false;
    this.traceparent = '';
  }

  #readAll(header: Uint8Array): void {
    const fields = decodeMessage(EventHeader, header, 'event header');
    this.plain = false;
    this.alias = fields.alias;
    this.sequence = safe(fields.sequence);
    this.skipped = safe(fields.skipped);
    this.qos = fields.qos;
    this.retention = fields.retention;
    this.expiresInMs = safe(fields.expiresInMs);
    this.disclosed = fields.disclosed;
    this.publishedAt = safe(fields.publishedAt);
    this.traceparent = isTraceparent(fields.traceparent) ? fields.traceparent : '';
    this.details = fields.details;
  }
}

/** Numbers of the wire that must be exact here. Throws MalformedFrameError above 2^53 - 1. */
export function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new MalformedFrameError(`the number ${value} of a peer is above 2^53 - 1`);
  }
  return Number(value);
}
