import { describe, expect, it } from '@jest/globals';
import { fromHttp2Code, toHttp2Code } from './error-codes.ts';
import { decodeGoodbye, encodeGoodbye } from './goodbye-data.ts';

describe('goodbye data', () => {
  it('brings code and message back', () => {
    const goodbye = { code: 11, message: 'shutting down – später' };
    expect(decodeGoodbye(encodeGoodbye(goodbye))).toEqual(goodbye);
    expect(decodeGoodbye(encodeGoodbye({ code: 0, message: '' }))).toEqual({
      code: 0,
      message: '',
    });
  });

  it('is bounded in both directions', () => {
    expect(encodeGoodbye({ code: 999, message: 'x'.repeat(10_000) })).toHaveLength(257);
    const long = decodeGoodbye(new Uint8Array(100_000).fill(0x41));
    expect(long?.message).toHaveLength(256);
  });

  it('is absent where HTTP/2 itself ended the session', () => {
    expect(decodeGoodbye(undefined)).toBeUndefined();
    expect(decodeGoodbye(new Uint8Array())).toBeUndefined();
  });
});

describe('stream error codes', () => {
  it.each([0, 1, 42, 255])('carry %s above those of HTTP/2', (code) => {
    expect(toHttp2Code(code)).toBeGreaterThan(0xff);
    expect(fromHttp2Code(toHttp2Code(code))).toBe(code);
  });

  it.each([undefined, 0, 8, 0xffffffff])('are none of ours: %s', (code) => {
    expect(fromHttp2Code(code)).toBeUndefined();
  });
});
