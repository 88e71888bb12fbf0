import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '@macula/core';
import { EventHeader } from '@macula/wire';
import fc from 'fast-check';
import {
  type EventFields,
  EventHeaderReader,
  isTraceparent,
  maxEventHeaderLength,
  writeEventHeader,
} from './event-header.ts';

const plain: EventFields = {
  alias: 1,
  sequence: 1,
  skipped: 0,
  qos: 0,
  retention: 0,
  expiresInMs: 0,
  disclosed: false,
  publishedAt: 0,
  traceparent: '',
  details: new Uint8Array(),
};

const w3c = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const fields = fc.record({
  alias: fc.integer({ min: 1, max: 65_535 }),
  sequence: fc
    .oneof(
      fc.integer({ min: 1, max: 300 }),
      fc.maxSafeNat().map((n) => n + 1),
    )
    .filter(Number.isSafeInteger),
  skipped: fc.oneof(fc.constant(0), fc.maxSafeNat()),
  qos: fc.integer({ min: 0, max: 1 }),
  retention: fc.integer({ min: 0, max: 2 }),
  expiresInMs: fc.oneof(fc.constant(0), fc.maxSafeNat()),
  disclosed: fc.boolean(),
  publishedAt: fc.oneof(fc.constant(0), fc.maxSafeNat()),
  traceparent: fc.oneof(
    fc.constant(''),
    fc.stringMatching(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
  ),
  details: fc.uint8Array({ maxLength: 300 }),
});

function generated(from: EventFields): Uint8Array {
  return EventHeader.encode({
    ...from,
    sequence: BigInt(from.sequence),
    skipped: BigInt(from.skipped),
    expiresInMs: BigInt(from.expiresInMs),
    publishedAt: BigInt(from.publishedAt),
    retention: from.retention as EventHeader['retention'],
  }).finish();
}

function written(from: EventFields): Uint8Array {
  const bytes = new Uint8Array(maxEventHeaderLength + 300);
  return bytes.subarray(0, writeEventHeader(bytes, from));
}

function read(reader: EventHeaderReader, bytes: Uint8Array): EventFields {
  // Somewhere in a larger buffer, as in a received chunk.
  const chunk = new Uint8Array(bytes.length + 20).fill(0xff);
  chunk.set(bytes, 7);
  reader.read(chunk, 7, 7 + bytes.length);
  const { alias, sequence, skipped, qos, retention, expiresInMs } = reader;
  const { disclosed, publishedAt, traceparent } = reader;
  const details = Uint8Array.from(reader.details);
  return {
    alias,
    sequence,
    skipped,
    qos,
    retention,
    expiresInMs,
    disclosed,
    publishedAt,
    traceparent,
    details,
  };
}

describe('event header', () => {
  it('is written byte for byte as the generated encoder does', () => {
    fc.assert(
      fc.property(fields, (given) => {
        expect(Buffer.from(written(given))).toEqual(Buffer.from(generated(given)));
      }),
    );
  });

  it('is read as it was written, whatever was read before with the same reader', () => {
    const reader = new EventHeaderReader();
    fc.assert(
      fc.property(fields, (given) => {
        expect(read(reader, written(given))).toEqual(given);
        const { alias, sequence, details } = given;
        const plainly = written({ ...plain, alias, sequence, details });
        expect(reader.plain).toBe(Buffer.compare(written(given), plainly) === 0);
      }),
    );
  });

  it('is read with fields missing, in another order, or unknown', () => {
    const reader = new EventHeaderReader();
    expect(read(reader, Uint8Array.of())).toEqual({ ...plain, alias: 0, sequence: 0 });
    expect(read(reader, Uint8Array.of(0x10, 5, 0x08, 3))).toEqual({
      ...plain,
      alias: 3,
      sequence: 5,
    });
    expect(read(reader, Uint8Array.of(0x08, 3, 0x10, 5, 0xf8, 0x01, 9))).toEqual({
      ...plain,
      alias: 3,
      sequence: 5,
    });
  });

  it('has room for the longest of everything', () => {
    const longest = {
      ...plain,
      ...{ alias: 65_535, sequence: Number.MAX_SAFE_INTEGER, skipped: Number.MAX_SAFE_INTEGER },
      ...{ qos: 1, retention: 2, expiresInMs: Number.MAX_SAFE_INTEGER, disclosed: true },
      publishedAt: Number.MAX_SAFE_INTEGER,
      traceparent: w3c.padEnd(128, '-x'),
      details: new Uint8Array(16_384),
    };
    expect(isTraceparent(longest.traceparent)).toBe(true);
    const room = new Uint8Array(maxEventHeaderLength + longest.details.length);
    const length = writeEventHeader(room, longest);
    expect(read(new EventHeaderReader(), room.subarray(0, length))).toEqual(longest);
  });

  it('is read without a trace context where that is none', () => {
    const reader = new EventHeaderReader();
    for (const traceparent of ['x', '€'.repeat(128), w3c.toUpperCase(), w3c.padEnd(129, '-x')]) {
      expect(isTraceparent(traceparent)).toBe(false);
      const given = { ...plain, traceparent };
      expect(read(reader, generated(given))).toEqual({ ...plain, traceparent: '' });
    }
  });

  it('is rejected when it is cut off, or has numbers that cannot be exact', () => {
    const reader = new EventHeaderReader();
    for (const bytes of [
      [0x08, 0x80, 0x80, 0x80],
      [0x08, 1, 0x10, 0x80],
      [0x08, 1, 0x10, ...Array<number>(7).fill(0xff), 0x7f],
      [0x08, 1, 0x10, 1, 0x18, ...Array<number>(9).fill(0xff), 1],
      [0x4a, 50, 1, 2],
    ]) {
      expect(() => read(reader, Uint8Array.from(bytes))).toThrow(ProtocolError);
    }
  });

  it('never makes more of garbage than an error or a header', () => {
    const reader = new EventHeaderReader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (garbage) => {
        try {
          read(reader, garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          return;
        }
        expect(Number.isSafeInteger(reader.sequence)).toBe(true);
      }),
    );
  });
});
