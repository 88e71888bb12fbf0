import type { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import * as ws from 'ws';
import { frameHeaderLength, writeFrameHeader } from './websocket-frame.ts';

/** The half of `ws` that reads, which its types leave out. */
const { Receiver } = ws as unknown as {
  readonly Receiver: new (options: { isServer: boolean }) => Writable;
};

/** The messages that `ws`, as a client, reads from what a server sent. */
function received(bytes: Buffer): { data: Buffer; isBinary: boolean }[] {
  const messages: { data: Buffer; isBinary: boolean }[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer, isBinary: boolean) => messages.push({ data, isBinary }));
  receiver.on('error', (error: Error) => {
    throw error;
  });
  receiver.write(bytes);
  return messages;
}

function frameOf(kind: 'text' | 'binary', payload: Buffer): Buffer {
  const header = Buffer.alloc(frameHeaderLength(payload.length));
  expect(writeFrameHeader(header, 0, kind, payload.length)).toBe(header.length);
  return Buffer.concat([header, payload]);
}

describe('a frame', () => {
  // Where the length takes another form: 7 bits, 16 bits, 64 bits (RFC 6455, 5.2).
  test.each([
    [0, 2],
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
    [100_000, 10],
  ])('of %i bytes has a header of %i, and is read as it was written', (length, header) => {
    expect(frameHeaderLength(length)).toBe(header);
    const payload = Buffer.alloc(length, 'x');
    for (const kind of ['text', 'binary'] as const) {
      expect(received(frameOf(kind, payload))).toEqual([
        { data: payload, isBinary: kind === 'binary' },
      ]);
    }
  });

  test('tells lengths beyond 32 bits', () => {
    const header = Buffer.alloc(10);
    writeFrameHeader(header, 0, 'binary', 2 ** 40 + 5);
    expect(header.readBigUInt64BE(2)).toBe(2n ** 40n + 5n);
  });

  test('leaves alone what lies before it', () => {
    const bytes = Buffer.alloc(20, 7);
    expect(writeFrameHeader(bytes, 3, 'text', 300)).toBe(7);
    expect([...bytes.subarray(0, 3), ...bytes.subarray(7)]).toEqual(Array(16).fill(7));
  });

  test('is followed by the next one', () => {
    const bytes = Buffer.concat(
      ['first', 'x'.repeat(200), 'last'].map((text) => frameOf('text', Buffer.from(text))),
    );
    expect(received(bytes).map(({ data }) => data.toString())).toEqual([
      'first',
      'x'.repeat(200),
      'last',
    ]);
  });
});
