import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidArgumentError } from '@macula/core';
import { contentsOf, type FrameContents, lineOf } from '../../test/frames.ts';
import {
  decodePayload,
  encodeValue,
  FrameWriter,
  headerOf,
  InvalidPayloadError,
  readFrame,
} from '../index.ts';

const texts = fc.tuple(fc.constantFrom('a', 'ä€'), fc.nat(3000)).map(([t, n]) => t.repeat(n));

function written(writer: FrameWriter): FrameContents {
  return contentsOf(readFrame(writer.bytes, writer.start, writer.end));
}

describe('a frame writer', () => {
  test('writes length, kind, header length, header and payload', () => {
    const writer = new FrameWriter().value('hi').frame(0x11, Uint8Array.of(7, 8));
    const bytes = writer.bytes.subarray(writer.start, writer.end);
    expect(Buffer.from(bytes).toString('hex')).toBe('07' + '11' + '02' + '0708' + 'a26869');
    expect(writer.kind).toBe(0x11);
  });

  test('puts several headers in front of one payload', () => {
    const writer = new FrameWriter().value([1, 2, 3]);
    for (const header of [Uint8Array.of(1), new Uint8Array(1000).fill(2), new Uint8Array(0)]) {
      const frame = readFrame(writer.frame(0x11, header).bytes, writer.start, writer.end);
      expect(headerOf(frame)).toEqual(Buffer.from(header));
      expect(decodePayload(frame)).toEqual([1, 2, 3]);
    }
  });

  test('begins as small as it is told to, and grows with what it writes', () => {
    const writer = new FrameWriter(300);
    expect(writer.bytes).toHaveLength(300);
    const long = 'x'.repeat(10_000);
    for (const value of ['hi', long, [long, long]]) {
      const { bytes, start, end } = writer.value(value).frame(0x11, new Uint8Array(600));
      expect(decodePayload(readFrame(bytes, start, end))).toEqual(value);
    }
    const header = Uint8Array.from({ length: 600 }, (_, i) => i);
    expect(written(new FrameWriter(300).empty().frame(1, header)).header).toEqual(header);
  });

  test('takes the first bytes of a header buffer that is reused', () => {
    const header = Uint8Array.from({ length: 100 }, (_, i) => i);
    for (const length of [0, 3, 64, 65, 99, 100]) {
      const { header: got } = written(new FrameWriter().empty().frame(1, header, length));
      expect(got).toEqual(header.slice(0, length));
    }
    expect(() => new FrameWriter().empty().frame(1, header, 101)).toThrow(InvalidArgumentError);
    expect(() => new FrameWriter().empty().frame(-1, header)).toThrow(InvalidArgumentError);
  });

  test('takes payloads of any size one after the other', () => {
    const writer = new FrameWriter();
    for (const length of [10, 5000, 2_000_000, 0, 100_000, 3]) {
      const value = new Uint8Array(length).fill(length);
      const frame = writer.value(value).frame(2, Uint8Array.of(1));
      const view = readFrame(frame.bytes, frame.start, frame.end);
      expect(Buffer.from(decodePayload(view) as Uint8Array).equals(value)).toBe(true);
      const sent = { kind: 3, header: Uint8Array.of(1), payload: value };
      const forwarded = written(writer.payload(value).frame(sent.kind, sent.header));
      expect(lineOf(forwarded) === lineOf(sent)).toBe(true);
    }
    writer.empty().frame(1, new Uint8Array(0));
    expect(writer.bytes.length).toBeLessThan(300_000);
  });

  test('copies the part of the payload that was asked for', () => {
    const bytes = Uint8Array.of(0, 1, 2, 3, 4);
    const { payload } = written(new FrameWriter().payload(bytes, 1, 4).frame(1, new Uint8Array(0)));
    expect([...payload]).toEqual([1, 2, 3]);
    expect(written(new FrameWriter().payload(bytes, 3).frame(1, bytes)).payload).toHaveLength(2);
  });

  test('two writers and plain encoding do not get into each other’s way', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), texts), { maxLength: 12 }), (steps) => {
        const writers = [new FrameWriter(), new FrameWriter()];
        const header = Uint8Array.of(1);
        const expected: (string | undefined)[] = [];
        const kept: [Uint8Array, string][] = [];
        for (const [which, text] of steps) {
          if (which === 2) kept.push([encodeValue(text), text]);
          else {
            writers[which]?.value(text);
            expected[which] = text;
          }
          for (const [i, writer] of writers.entries()) {
            if (expected[i] === undefined) continue;
            writer.frame(1, header);
            const frame = readFrame(writer.bytes, writer.start, writer.end);
            expect(decodePayload(frame)).toBe(expected[i]);
          }
        }
        for (const [bytes, text] of kept) expect(bytes).toEqual(encodeValue(text));
      }),
      { numRuns: 50 },
    );
  });

  test('keeps working after a value that cannot be encoded', () => {
    const writer = new FrameWriter().value('good').frame(1, new Uint8Array(0));
    expect(() => writer.value(() => 1)).toThrow(InvalidPayloadError);
    expect(written(writer.value('next').frame(1, new Uint8Array(0))).payload).toEqual(
      encodeValue('next'),
    );
  });
});
