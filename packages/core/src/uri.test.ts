import { describe, expect, test } from '@jest/globals';
import {
  InvalidRealmError,
  InvalidUriError,
  literalPrefixesOf,
  maxUriLength,
  maxUriSegments,
  parseRealm,
  parseUri,
} from './index.ts';

describe('a URI', () => {
  test.each(['a', 'be.cortexiq.home.measured', 'x-1.y_2.3'])('%s is fine', (text) => {
    expect(parseUri(text)).toBe(text);
    expect(parseUri(text, 'loose')).toBe(text);
  });

  test.each(['be.Cortexiq', 'über.topic', 'a/b.c', 'a*b.c', 'com.Example:2'])(
    '%s is fine in loose mode only',
    (text) => {
      expect(parseUri(text, 'loose')).toBe(text);
      expect(() => parseUri(text)).toThrow(InvalidUriError);
    },
  );

  test.each([
    ['', 'must not be empty'],
    ['a..b', 'empty segment'],
    ['.a', 'empty segment'],
    ['a.', 'empty segment'],
    ['a.*', 'wildcard *'],
    ['a.**', 'wildcard **'],
    ['a.b c', '"b c"'],
    ['a.b#', '#'],
    ['a.b\n', 'b\\n'],
    ['a'.repeat(maxUriLength + 1), `${maxUriLength + 1} characters`],
    [
      Array(maxUriSegments + 1)
        .fill('a')
        .join('.'),
      `${maxUriSegments + 1} segments`,
    ],
  ])('%j is refused with a message that says why', (text, why) => {
    expect(() => parseUri(text)).toThrow(why);
    expect(() => parseUri(text, 'loose')).toThrow(InvalidUriError);
  });

  test('has no lone surrogate, which would be another name on the wire', () => {
    expect(() => parseUri('a.\ud83d', 'loose')).toThrow(InvalidUriError);
    expect(parseUri('a.\ud83d\ude00', 'loose')).toBe('a.\u{1f600}');
  });

  test.each([5, null, undefined, ['a']])('is not %j', (value) => {
    expect(() => parseUri(value as unknown as string)).toThrow('must be a string, got');
  });

  test('may have 64 segments', () => {
    const text = Array(maxUriSegments).fill('a').join('.');
    expect(parseUri(text)).toBe(text);
  });

  test('is quoted cut short in messages', () => {
    const message = messageOf(() => parseUri('A'.repeat(1000)));
    expect(message.length).toBeLessThan(400);
  });
});

describe('a realm', () => {
  test.each(['realm1', 'be.cortexiq.energy'])('%s is fine', (text) => {
    expect(parseRealm(text)).toBe(text);
  });

  test.each(['', 'Be.x', 'a..b', 'a b', 'a.', '*', 'a'.repeat(256), undefined as never])(
    '%j is refused',
    (text) => {
      expect(() => parseRealm(text)).toThrow(InvalidRealmError);
      expect(() => parseRealm(text)).toThrow('for example be.cortexiq.energy');
    },
  );
});

test('the literal prefixes of a topic run from nothing to the whole of it', () => {
  expect(literalPrefixesOf('a')).toEqual(['', 'a']);
  expect(literalPrefixesOf('a.bc.d')).toEqual(['', 'a', 'a.bc', 'a.bc.d']);
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
