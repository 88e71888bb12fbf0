import { describe, expect, test } from '@jest/globals';
import { RetryTokens } from './retry-token.ts';

const key = new Uint8Array(32).fill(7);
const from = { host: '192.0.2.1', port: 4433 };
const destination = Buffer.from('0102030405060708', 'hex');

describe('a Retry token', () => {
  test('gives back the connection ID that the client first aimed at', () => {
    const tokens = new RetryTokens(key);
    expect(tokens.open(tokens.mint(from, destination, 1_000), from, 1_500)).toEqual(destination);
  });

  test.each([
    ['from another host', { host: '192.0.2.2', port: 4433 }, 1_500],
    ['from another port', { host: '192.0.2.1', port: 4434 }, 1_500],
    ['after its lifetime', from, 11_001],
    ['before it was minted', from, 999],
  ])('is worth nothing %s', (_case, address, now) => {
    const tokens = new RetryTokens(key);
    expect(tokens.open(tokens.mint(from, destination, 1_000), address, now)).toBeUndefined();
  });

  test('is worth nothing with any bit changed, cut off, or under another key', () => {
    const tokens = new RetryTokens(key);
    const token = tokens.mint(from, destination, 1_000);
    for (let bit = 0; bit < token.length * 8; bit++) {
      const forged = Buffer.from(token);
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(tokens.open(forged, from, 1_500)).toBeUndefined();
    }
    for (let length = 0; length < token.length; length++) {
      expect(tokens.open(token.subarray(0, length), from, 1_500)).toBeUndefined();
    }
    expect(new RetryTokens(new Uint8Array(32)).open(token, from, 1_500)).toBeUndefined();
  });
});
