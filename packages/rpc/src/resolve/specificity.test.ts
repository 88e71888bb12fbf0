import { describe, expect, it } from '@jest/globals';
import { Pattern } from '@macula/core';
import { compareSpecificity } from './specificity.ts';

describe('compareSpecificity', () => {
  it('puts the pattern to be called first, first', () => {
    const ordered = [
      Pattern.parse('a.b.c'),
      Pattern.parse('a.b.c', { match: 'prefix' }),
      Pattern.parse('a.b', { match: 'prefix' }),
      Pattern.parse('a.b.*'),
      Pattern.parse('a.b.**'),
      Pattern.parse('a.*.c'),
      Pattern.parse('a.*.*'),
      Pattern.parse('a.*.**'),
      Pattern.parse('a.**'),
      Pattern.parse('*.b.c'),
      Pattern.parse('**'),
    ];
    const shuffled = ordered.toReversed();
    shuffled.sort(compareSpecificity);
    expect(shuffled.map(String)).toEqual(ordered.map(String));
  });

  // With c77 for the c33 there, which the prefix a1.b2.c3 matches by the rule for prefixes.
  it.each([
    ['a1.b2.c3.d4.e55', 'a1.b2.c3.d4.e55'],
    ['a1.b2.c3.d98.e74', 'a1.b2.c3'],
    ['a1.b2.c3.d4.e325', 'a1.b2.c3.d4'],
    ['a1.b2.c55.d4.e5', 'a1.b2.*.d4.e5'],
    ['a1.b2.c77.d4.e5', 'a1.b2.c77.*.e5'],
    ['a1.b2.c88.d4.e5.f6.g7', 'a1.b2.*.d4.e5.*.g7'],
    ['a2.b2.c2.d2.e2', undefined],
  ])("answers %s by %s, as WAMP's examples do", (procedure, expected) => {
    const patterns = [
      Pattern.parse('a1.b2.c3.d4.e55'),
      Pattern.parse('a1.b2.c3', { match: 'prefix' }),
      Pattern.parse('a1.b2.c3.d4', { match: 'prefix' }),
      ...['a1.b2..d4.e5', 'a1.b2.c77..e5', 'a1.b2..d4.e5..g7', 'a1.b2..d4..f6.g7'].map((text) =>
        Pattern.parse(text, { match: 'wildcard' }),
      ),
    ];
    const matching = patterns.filter((pattern) => pattern.matches(procedure));
    expect(matching.sort(compareSpecificity)[0]?.text).toBe(expected);
  });

  it('is zero only for equal patterns', () => {
    const [a, b] = [Pattern.parse('a.*'), Pattern.parse('b.*')];
    expect(compareSpecificity(a, Pattern.parse('a.*'))).toBe(0);
    expect(compareSpecificity(a, b)).toBe(-compareSpecificity(b, a));
    expect(compareSpecificity(a, b)).not.toBe(0);
  });
});
