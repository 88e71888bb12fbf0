import { describe, expect, test } from '@jest/globals';
import type { FrameView } from '@macula/core';
import { contentsOf, encodeFrame, type FrameContents, lineOf } from '../../test/frames.ts';
import {
  FrameDecoder,
  FrameTooLargeError,
  headerOf,
  MalformedFrameError,
  payloadOf,
  readFrame,
  writeVarint,
} from '../index.ts';

const none = (): void => undefined;

function push(decoder: FrameDecoder, bytes: readonly number[] | Uint8Array): void {
  decoder.push(Uint8Array.from(bytes), 0, bytes.length, none);
}

describe('a frame decoder', () => {
  test('hands a frame out where it lies', () => {
    const bytes = encodeFrame({
      kind: 0x11,
      header: Uint8Array.of(1, 2),
      payload: Uint8Array.of(3),
    });
    new FrameDecoder().push(bytes, 0, bytes.length, (frame) => {
      expect(frame.bytes).toBe(bytes);
      expect(headerOf(frame).buffer).toBe(bytes.buffer);
      expect([...headerOf(frame)]).toEqual([1, 2]);
      expect([...payloadOf(frame)]).toEqual([3]);
    });
    expect.assertions(4);
  });

  test('hands out one view again and again', () => {
    const bytes = Buffer.concat([1, 2, 3].map((kind) => encodeFrame(empty(kind))));
    const views = new Set<FrameView>();
    new FrameDecoder().push(bytes, 0, bytes.length, (frame) => views.add(frame));
    expect(views.size).toBe(1);
  });

  test('refuses a large frame by its length alone, before any of it has come', () => {
    const prefix = new Uint8Array(4);
    const length = writeVarint(prefix, 0, 1024 * 1024 + 1);
    expect(() => push(new FrameDecoder(), prefix.subarray(0, length))).toThrow(FrameTooLargeError);
    const bitByBit = new FrameDecoder({ maxFrameSize: 200 });
    push(bitByBit, [0xc9]);
    expect(() => push(bitByBit, [0x01])).toThrow('a frame of 201 bytes exceeds the limit of 200');
  });

  test('takes a frame of exactly the limit', () => {
    const bytes = encodeFrame({ ...empty(1), payload: new Uint8Array(198) });
    const kinds: number[] = [];
    new FrameDecoder({ maxFrameSize: 200 }).push(bytes, 0, bytes.length, ({ kind }) => {
      kinds.push(kind);
    });
    expect(kinds).toEqual([1]);
  });

  test('does not set aside what a frame announces, but what arrives', () => {
    const prefix = new Uint8Array(4);
    const length = writeVarint(prefix, 0, 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 100 }, () => {
      const decoder = new FrameDecoder();
      push(decoder, prefix.subarray(0, length));
      return decoder;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 1024 * 1024);
    expect(decoders[99]?.pendingBytes).toBe(length);
  });

  test('takes a large frame in many chunks, and small ones after it', () => {
    const payload = new Uint8Array(500_000).map((_, i) => i * 7);
    const large = { kind: 0x28, header: Uint8Array.of(9), payload };
    const bytes = Buffer.concat([encodeFrame(large), encodeFrame(empty(5))]);
    const received: string[] = [];
    const decoder = new FrameDecoder();
    for (let at = 0; at < bytes.length; at += 1400) {
      const end = Math.min(bytes.length, at + 1400);
      decoder.push(bytes, at, end, (frame) => received.push(lineOf(contentsOf(frame))));
    }
    expect(received).toEqual([lineOf(large), lineOf(empty(5))]);
    expect(decoder.pendingBytes).toBe(0);
  });

  test.each([
    ['without a kind', [0x00]],
    ['without a header length', [0x01, 0x11]],
    ['with a kind that goes on', [0x01, 0x91]],
    ['with a header beyond its end', [0x03, 0x11, 0x02, 0x00]],
    ['with an endless length', Array<number>(10).fill(0x80)],
  ])('refuses a frame %s', (_, bytes) => {
    expect(() => push(new FrameDecoder(), bytes)).toThrow(MalformedFrameError);
    expect(() => readFrame(Uint8Array.from(bytes))).toThrow(MalformedFrameError);
  });

  test('takes nothing more after an error, its own or the receiver’s', () => {
    const malformed = new FrameDecoder();
    expect(() => push(malformed, [0x00])).toThrow(MalformedFrameError);
    expect(() => push(malformed, encodeFrame(empty(1)))).toThrow('an earlier frame');
    const bytes = encodeFrame(empty(1));
    const decoder = new FrameDecoder();
    const failing = (): void => {
      throw new Error('from the handler');
    };
    expect(() => decoder.push(bytes, 0, bytes.length, failing)).toThrow('from the handler');
    expect(() => push(decoder, bytes)).toThrow(MalformedFrameError);
  });

  test('leaves unknown kinds to the receiver', () => {
    const kinds: number[] = [];
    const bytes = encodeFrame(empty(0x7fff));
    new FrameDecoder().push(bytes, 0, bytes.length, ({ kind }) => kinds.push(kind));
    expect(kinds).toEqual([0x7fff]);
  });
});

describe('reading one frame', () => {
  test('takes a part of a buffer', () => {
    const bytes = Buffer.concat([Buffer.of(0xff), encodeFrame(empty(7)), Buffer.of(0xff)]);
    expect(readFrame(bytes, 1, bytes.length - 1).kind).toBe(7);
  });

  test.each([
    ['nothing', []],
    ['a part', [0x03, 0x11, 0x00]],
    ['more', [0x02, 0x11, 0x00, 0x00]],
  ])('refuses %s', (_, bytes) => {
    expect(() => readFrame(Uint8Array.from(bytes))).toThrow('not exactly one frame');
  });
});

function empty(kind: number): FrameContents {
  return { kind, header: new Uint8Array(0), payload: new Uint8Array(0) };
}
