import { describe, expect, test } from '@jest/globals';
import { ProtocolViolation } from '../errors.ts';
import { cborSerializer } from '../serializer/cbor-serializer.ts';
import { jsonSerializer } from '../serializer/json-serializer.ts';
import { msgpackSerializer } from '../serializer/msgpack-serializer.ts';
import { serializerFor } from '../serializer/serializers.ts';
import { messageFromList, messageToList } from './message-codec.ts';

describe('a message', () => {
  test.each([
    [[1, 'realm', {}], { type: 'hello', realm: 'realm', details: {} }],
    [
      [8, 48, 7, {}, 'a.b', [1], { x: 2 }],
      {
        type: 'error',
        requestType: 'call',
        request: 7,
        details: {},
        error: 'a.b',
        args: [1],
        kwargs: { x: 2 },
      },
    ],
    [
      [16, 1, { acknowledge: true }, 'a.b'],
      { type: 'publish', request: 1, options: { acknowledge: true }, topic: 'a.b' },
    ],
    [[35, 5], { type: 'unsubscribed', request: 5 }],
    [
      [67, 0, { registration: 4 }],
      { type: 'unregistered', request: 0, details: { registration: 4 } },
    ],
  ])('is the list %j', (list, message) => {
    expect(messageFromList(list)).toEqual(message);
    expect(messageToList(messageFromList(list))).toEqual(list);
  });

  test.each([
    ['no list', { a: 1 }, /list/],
    ['no code', [], /code of a message/],
    ['an unknown code', [7, 1], /7 is not the code/],
    ['a code of another kind', ['1', 'realm', {}], /string is not the code/],
    ['a missing field', [1, 'realm'], /details of hello must be a map/],
    ['an ID of 0', [32, 0, {}, 'a'], /an ID from 1/],
    ['an ID above 2^53', [32, 2 ** 53 + 2, {}, 'a'], /an ID from 1/],
    ['a fraction as ID', [32, 1.5, {}, 'a'], /an ID from 1/],
    ['a list as options', [32, 1, [], 'a'], /options of subscribe must be a map/],
    ['a number as URI', [32, 1, {}, 5], /topic of subscribe must be a string/],
    ['arguments that are no list', [16, 1, {}, 'a', 'b'], /arguments of publish must be a list/],
    ['named arguments that are no map', [16, 1, {}, 'a', [], 3], /must be a map/],
    ['too many elements', [32, 1, {}, 'a', 1], /5 elements/],
    ['an error of a result', [8, 50, 1, {}, 'a'], /code of a request/],
  ])('with %s is a violation', (_, list, message) => {
    expect(() => messageFromList(list)).toThrow(ProtocolViolation);
    expect(() => messageFromList(list)).toThrow(message);
  });
});

describe('serializers', () => {
  test('carry bytes in JSON as WAMP says', () => {
    const text = jsonSerializer.encode({
      type: 'publish',
      request: 1,
      options: {},
      topic: 'a',
      args: [Uint8Array.of(0x10, 0xe3, 0xff, 0x90), 2n ** 60n, 5n, undefined],
    });
    expect(text).toBe('[16,1,{},"a",["\\u0000EOP/kA==","1152921504606846976",5,null]]');
    expect(jsonSerializer.decode('[16,1,{},"a",["\\u0000EOP/kA==","\\u0000?"]]')).toMatchObject({
      args: [Uint8Array.of(0x10, 0xe3, 0xff, 0x90), '\0?'],
    });
  });

  test.each([msgpackSerializer, cborSerializer])('write large IDs as integers', (serializer) => {
    const bytes = serializer.encode({ type: 'welcome', session: 2 ** 53 - 1, details: {} });
    expect(Buffer.from(bytes as Uint8Array).toString('hex')).toContain('001fffffffffffff');
  });

  test('refuse the wrong kind of data', () => {
    expect(() => jsonSerializer.decode(Uint8Array.of(1))).toThrow(ProtocolViolation);
    expect(() => msgpackSerializer.decode('x')).toThrow(ProtocolViolation);
    expect(() => cborSerializer.decode('x')).toThrow(ProtocolViolation);
  });

  test('refuse what is nested too deep', () => {
    const deep = `[16,1,{},"a",${'['.repeat(100_000)}"\\u0000"${']'.repeat(100_000)}]`;
    expect(() => jsonSerializer.decode(deep)).toThrow(ProtocolViolation);
    const bytes = new Uint8Array(100_000).fill(0x81);
    expect(() => cborSerializer.decode(bytes)).toThrow(ProtocolViolation);
  });

  test('refuse CBOR tags that make other things than values', () => {
    // [1, "r", {"a": 258(Set [1])}]
    const bytes = Uint8Array.from([0x83, 1, 0x61, 0x72, 0xa1, 0x61, 0x61, 0xd9, 1, 2, 0x81, 1]);
    expect(() => cborSerializer.decode(bytes)).toThrow(ProtocolViolation);
  });

  test('are chosen by the first subprotocol that is known', () => {
    expect(serializerFor(['wamp.9', 'wamp.2.cbor', 'wamp.2.json'])).toBe(cborSerializer);
    expect(serializerFor(['wamp.9'])).toBeUndefined();
  });
});
