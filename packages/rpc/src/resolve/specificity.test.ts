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

  it('is zero only for equal patterns', () => {
    const [a, b] = [Pattern.parse('a.*'), Pattern.parse('b.*')];
    expect(compareSpecificity(a, Pattern.parse('a.*'))).toBe(0);
    expect(compareSpecificity(a, b)).toBe(-compareSpecificity(b, a));
    expect(compareSpecificity(a, b)).not.toBe(0);
  });
});
