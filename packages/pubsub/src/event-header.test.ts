import { describe, expect, it } from '@jest/globals';
import { EventHeader, MalformedFrameError } from '@macula/wire';
import fc from 'fast-check';
import {
  type EventFields,
  EventHeaderReader,
  maxEventHeaderLength,
  maxTraceparentLength,
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
  traceparent: fc.oneof(fc.constant(''), fc.string({ maxLength: maxTraceparentLength })),
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
  const bytes = new Uint8Array(maxEventHeaderLength + maxTraceparentLength * 3 + 400);
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

  it('is rejected when it is cut off, or has numbers that cannot be exact', () => {
    const reader = new EventHeaderReader();
    for (const bytes of [
      [0x08, 0x80, 0x80, 0x80],
      [0x08, 1, 0x10, 0x80],
      [0x08, 1, 0x10, ...Array<number>(7).fill(0xff), 0x7f],
      [0x08, 1, 0x10, 1, 0x18, ...Array<number>(9).fill(0xff), 1],
      [0x4a, 50, 1, 2],
    ]) {
      expect(() => read(reader, Uint8Array.from(bytes))).toThrow(MalformedFrameError);
    }
  });

  it('never makes more of garbage than an error or a header', () => {
    const reader = new EventHeaderReader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (garbage) => {
        try {
          read(reader, garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedFrameError);
          return;
        }
        expect(Number.isSafeInteger(reader.sequence)).toBe(true);
      }),
    );
  });
});
