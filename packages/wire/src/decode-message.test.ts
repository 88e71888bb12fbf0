import { describe, expect, test } from '@jest/globals';
import { decodeMessage, MalformedMessageError, ReplicaAck } from './index.ts';

describe('decoding a message', () => {
  test('gives what was written, unknown fields left out', () => {
    const bytes = ReplicaAck.encode({ batch: 7n, news: true }).finish();
    const extended = Uint8Array.of(...bytes, 0x7a, 2, 1, 2);
    expect(decodeMessage(ReplicaAck, extended, 'ack')).toEqual({ batch: 7n, news: true });
  });

  test.each([
    ['ends early', [0x08, 0xff]],
    ['has an endless number', [0x08, ...new Uint8Array(12).fill(0xff)]],
    ['has a length beyond its end', [0x7a, 0x7f]],
    ['has a wire type that is none', [0x0f]],
  ])('refuses what %s, with an error of its own', (_, bytes) => {
    const decode = () => decodeMessage(ReplicaAck, Uint8Array.from(bytes), 'ack');
    expect(decode).toThrow(MalformedMessageError);
    expect(decode).toThrow('the ack is no protobuf message of its kind');
  });
});
