import { describe, expect, test } from '@jest/globals';
import {
  bodyOf,
  decodeValue,
  encodeValue,
  MalformedBodyError,
  readBody,
  withKwargs,
} from './index.ts';

class Reading {
  readonly watts = 3500;
}

describe('a body', () => {
  test.each([
    ['an array', [1, 'a'], [[1, 'a']], [1, 'a'], {}],
    ['an empty array', [], [[]], [], {}],
    ['a plain object', { a: 1 }, [[], { a: 1 }], [], { a: 1 }],
    ['an empty object', {}, [[], {}], [], {}],
    ['a number', 7, [[7], null], [7], {}],
    ['null', null, [[null], null], [null], {}],
    ['undefined', undefined, [[undefined], null], [undefined], {}],
    ['bytes', Uint8Array.of(1), [[Uint8Array.of(1)], null], [Uint8Array.of(1)], {}],
    ['a date', new Date(5), [[new Date(5)], null], [new Date(5)], {}],
  ])('of %s is read back', (_, value, body, args, kwargs) => {
    expect(bodyOf(value)).toStrictEqual(body);
    const read = readBody(decodeValue(encodeValue(bodyOf(value))));
    expect(read).toStrictEqual({ args, kwargs, payload: value });
  });

  test('of an instance is one positional argument', () => {
    expect(bodyOf(new Reading())).toEqual([[new Reading()], null]);
    expect(bodyOf(new Map([['a', 1]]))).toEqual([[new Map([['a', 1]])], null]);
  });

  test('of an object without prototype is its named arguments', () => {
    expect(bodyOf(Object.assign(Object.create(null), { a: 1 }))).toEqual([[], { a: 1 }]);
  });

  test('of both kinds of arguments is read back as a message', () => {
    const message = withKwargs([1], { a: 2 });
    expect(bodyOf(message)).toEqual([[1], { a: 2 }]);
    const read = readBody(decodeValue(encodeValue(bodyOf(message))));
    expect(read).toEqual({ args: [1], kwargs: { a: 2 }, payload: message });
    expect(bodyOf(read.payload)).toEqual(bodyOf(message));
    expect(readBody(bodyOf(withKwargs([1], {}))).payload).toEqual(withKwargs([1], {}));
  });

  test('of an empty payload has no arguments', () => {
    expect(readBody(undefined)).toEqual({ args: [], kwargs: {}, payload: undefined });
  });

  test.each([
    [null],
    [5],
    ['text'],
    [{}],
    [[]],
    [[1]],
    [[{}, {}]],
    [[[], {}, 1]],
    [[[], 5]],
    [[[], []]],
    [[[], new Date(0)]],
    [[[], null]],
    [[[1, 2], null]],
    [[[], undefined]],
  ])('is not %j', (decoded) => {
    expect(() => readBody(decoded)).toThrow(MalformedBodyError);
  });
});
