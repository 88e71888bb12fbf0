import { describe, expect, it } from '@jest/globals';
import { type EncodedFrame, type FrameView, ProtocolError } from '@macula/core';
import { DirectoryEntries, FrameKind, FrameWriter, readFrame } from '@macula/wire';
import fc from 'fast-check';
import {
  digestFrame,
  entriesFrame,
  readDigest,
  readEntries,
  readWanted,
  wantedFrame,
} from './directory-frames.ts';

const viewOf = (frame: EncodedFrame): FrameView =>
  readFrame(frame.bytes.subarray(frame.start, frame.end));
const garbage = (kind: number, header: Uint8Array): FrameView =>
  viewOf(new FrameWriter().empty().frame(kind, header));

const count = fc.maxSafeNat();
const position = fc.record({ epoch: count, version: count });
const record = fc.record({
  number: count,
  key: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
  value: fc.uint8Array({ maxLength: 100 }),
});

describe('directory frames', () => {
  it('carry positions and entries without change', () => {
    fc.assert(
      fc.property(position, position, fc.array(record), (own, held, records) => {
        expect(readDigest(viewOf(digestFrame({ own, held })))).toEqual({ own, held });
        expect(readWanted(viewOf(wantedFrame(held)))).toEqual(held);
        const batch = { epoch: 1, from: 2, to: 3, reset: false, complete: true, records };
        const read = readEntries(viewOf(entriesFrame(batch)));
        expect({
          ...read,
          records: read.records.map(({ number, key, value }) => ({
            number,
            key: key && Uint8Array.from(key),
            value: Uint8Array.from(value),
          })),
        }).toEqual(batch);
      }),
      { numRuns: 50 },
    );
  });

  it('answer garbage with a ProtocolError and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const [kind, read] of [
          [FrameKind.directoryDigest, readDigest],
          [FrameKind.directoryEntries, readEntries],
          [FrameKind.directoryWanted, readWanted],
        ] as const) {
          try {
            read(garbage(kind, bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  const message = { epoch: 1n, from: 0n, to: 1n, reset: false, complete: true, records: [] };
  const entry = { number: 1n, key: new Uint8Array(32), value: new Uint8Array(0) };

  it.each([
    ['no epoch', { epoch: 0n }],
    ['an epoch beyond 2^53', { epoch: 2n ** 60n }],
    ['versions that run backwards', { from: 2n, to: 1n }],
    ['a listing that begins in the middle', { from: 1n, reset: true }],
    ['a short key', { records: [{ ...entry, key: new Uint8Array(31) }] }],
    ['a long value', { records: [{ ...entry, value: new Uint8Array(4_097) }] }],
    ['too many entries', { records: Array(4_097).fill(entry) }],
  ])('refuse %s', (_, changes) => {
    const header = DirectoryEntries.encode({ ...message, ...changes }).finish();
    expect(() => readEntries(garbage(FrameKind.directoryEntries, header))).toThrow(ProtocolError);
  });
});
