import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '@macula/core';
import { concatenate, cut, decodeChunks, encodeFrame, frames, lineOf } from '../../test/frames.ts';
import { FrameDecoder, readFrame } from '../index.ts';

const someFrames = fc.array(frames, { maxLength: 8 });
const cuts = fc.array(fc.oneof(fc.nat(3), fc.nat(100), fc.nat(20_000)), { maxLength: 40 });

describe('frames', () => {
  test('arrive as they were sent, in whatever chunks', () => {
    fc.assert(
      fc.property(someFrames, cuts, (sent, lengths) => {
        const decoder = new FrameDecoder();
        const chunks = cut(concatenate(sent.map(encodeFrame)), lengths);
        expect(decodeChunks(decoder, chunks)).toEqual(sent.map(lineOf));
        expect(decoder.pendingBytes).toBe(0);
      }),
    );
  });

  test('arrive byte by byte', () => {
    const sent = [
      { kind: 0x11, header: new Uint8Array(3), payload: new Uint8Array(200).fill(1) },
      { kind: 300, header: new Uint8Array(0), payload: new Uint8Array(0) },
    ];
    const bytes = concatenate(sent.map(encodeFrame));
    const chunks = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(decodeChunks(new FrameDecoder(), chunks)).toEqual(sent.map(lineOf));
  });

  test('wait for their last byte', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (frame, missing) => {
        const bytes = encodeFrame(frame);
        const cutAt = bytes.length - 1 - (missing % bytes.length);
        const decoder = new FrameDecoder();
        expect(decodeChunks(decoder, [bytes.subarray(0, cutAt)])).toEqual([]);
        expect(decoder.pendingBytes).toBe(cutAt);
        expect(decodeChunks(decoder, [bytes.subarray(cutAt)])).toEqual([lineOf(frame)]);
      }),
    );
  });

  test('garbage gives frames or a typed error, the same in any chunks', () => {
    const outcome = (chunks: readonly Uint8Array[]): unknown => {
      try {
        return decodeChunks(new FrameDecoder({ maxFrameSize: 300 }), chunks);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
        return (error as ProtocolError).code;
      }
    };
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }).map((a) => Uint8Array.from(a)),
    );
    fc.assert(
      fc.property(garbage, cuts, (bytes, lengths) => {
        expect(outcome(cut(bytes, lengths))).toEqual(outcome([bytes]));
      }),
      { numRuns: 1000 },
    );
  });

  test('a damaged frame gives frames or a typed error', () => {
    fc.assert(
      fc.property(frames, fc.nat(30), fc.nat(255), (frame, at, byte) => {
        const bytes = encodeFrame(frame);
        bytes[at % bytes.length] = byte;
        try {
          decodeChunks(new FrameDecoder(), [bytes]);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  test('a datagram is one frame or a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          expect(readFrame(bytes).payloadEnd).toBe(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});
