import { describe, expect, test } from '@jest/globals';
import { InvalidUriError, Pattern, type PatternMatch } from './index.ts';

describe('a pattern', () => {
  test.each([
    ['a.b', undefined, 'exact', 'a.b', 'a.b'],
    ['a.*.c', undefined, 'wildcard', 'a.*.c', 'a'],
    ['*', undefined, 'wildcard', '*', ''],
    ['**', undefined, 'wildcard', '**', ''],
    ['a.b.**', undefined, 'wildcard', 'a.b.**', 'a.b'],
    ['a..c', 'wildcard', 'wildcard', 'a.*.c', 'a'],
    ['a.b.', 'wildcard', 'wildcard', 'a.b.*', 'a.b'],
    ['.b', 'wildcard', 'wildcard', '*.b', ''],
    ['a.b', 'wildcard', 'exact', 'a.b', 'a.b'],
    ['a.b', 'prefix', 'prefix', 'a.b', 'a'],
    ['a.b.', 'prefix', 'prefix', 'a.b.', 'a.b'],
    ['a', 'prefix', 'prefix', 'a', ''],
  ] as const)('%s read as %s is %s %s with literal prefix "%s"', (text, asked, ...expected) => {
    const pattern = Pattern.parse(text, asked === undefined ? {} : { match: asked });
    const [match, canonical, literalPrefix] = expected;
    expect(pattern).toMatchObject({ match, text: canonical, literalPrefix });
    expect(pattern.key).toBe(`${match}:${canonical}`);
    expect(String(pattern)).toBe(canonical);
  });

  test.each([
    ['a.b', 'exact', ['a.b'], ['a', 'a.b.c', 'a.bc']],
    ['a.b', 'prefix', ['a.b', 'a.b.c', 'a.bc'], ['a', 'a.c', 'b.a.b']],
    ['a.b.', 'prefix', ['a.b.c', 'a.b.c.d'], ['a.b', 'a.bc']],
    ['a.*.c', 'wildcard', ['a.b.c', 'a.bb.c'], ['a.c', 'a.b.b.c', 'a.b.c.d', 'a.b.cc', 'a.b']],
    ['*', 'wildcard', ['a', 'bb'], ['a.b']],
    ['*.*', 'wildcard', ['a.b'], ['a', 'a.b.c']],
    ['a.**', 'wildcard', ['a', 'a.b', 'a.b.c'], ['ab', 'b', 'b.a']],
    ['a.*.**', 'wildcard', ['a.b', 'a.b.c.d'], ['a', 'b.c']],
    ['**', 'wildcard', ['a', 'a.b.c'], []],
  ] as const)('%s as %s matches %j but not %j', (text, match, matching, others) => {
    const pattern = Pattern.parse(text, { match });
    for (const topic of matching) expect([topic, pattern.matches(topic)]).toEqual([topic, true]);
    for (const topic of others) expect([topic, pattern.matches(topic)]).toEqual([topic, false]);
  });

  test.each([
    ['', undefined, 'must not be empty'],
    ['', 'prefix', 'write **'],
    ['', 'wildcard', 'must not be empty'],
    ['a.**.c', undefined, '** may only be the last segment'],
    ['a.*', 'exact', 'wildcard *'],
    ['a.*', 'prefix', 'wildcard *'],
    ['.a', 'prefix', 'empty segment'],
    ['a..b', 'prefix', 'empty segment'],
    ['a.b*', undefined, 'segments take a-z'],
    ['a.B', undefined, 'loose mode allows more'],
    ['a.b c.*', undefined, '"b c"'],
    ['a.b', 'regex' as PatternMatch, 'must be exact, prefix or wildcard, got "regex"'],
  ] as const)('%j as %s is refused: %s', (text, match, why) => {
    const parse = (): Pattern => Pattern.parse(text, match === undefined ? {} : { match });
    expect(parse).toThrow(InvalidUriError);
    expect(parse).toThrow(why);
  });

  test('takes more characters in loose mode', () => {
    expect(Pattern.parse('Com.Example.*', { mode: 'loose' }).matches('Com.Example.X')).toBe(true);
    expect(Pattern.parse('a*.b', { mode: 'loose' }).match).toBe('exact');
    expect(() => Pattern.parse('a b.*', { mode: 'loose' })).toThrow('white space');
  });

  test('equal ways of asking have equal keys', () => {
    expect(Pattern.parse('a..c', { match: 'wildcard' }).key).toBe(Pattern.parse('a.*.c').key);
    expect(Pattern.parse('a.b', { match: 'prefix' }).key).not.toBe(Pattern.parse('a.b').key);
  });
});
