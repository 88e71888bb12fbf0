import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Pattern, patternCovers, patternsOverlap } from './index.ts';

/** Names that patterns here use, one that only goes on from each, and one that no pattern names. */
const names = ['a', 'b', 'ab', 'az', 'bz', 'abz', 'zz'];

/** Every topic of up to four such names: enough to find a witness for patterns of up to three segments and a rest. */
function topicsOf(segments: number): string[] {
  if (segments === 1) return names;
  const shorter = topicsOf(segments - 1);
  const longest = shorter.filter((topic) => topic.split('.').length === segments - 1);
  return [...shorter, ...longest.flatMap((topic) => names.map((name) => `${topic}.${name}`))];
}

const topics = topicsOf(4);

const pattern = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', 'ab', '*'), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '.**', 'prefix'),
  )
  .map(([segments, end]) => {
    if (end !== 'prefix') return Pattern.parse(segments.join('.') + end);
    return Pattern.parse(segments.map((text) => (text === '*' ? 'a' : text)).join('.'), {
      match: 'prefix',
    });
  });

describe('two patterns', () => {
  test('overlap when some topic matches both, and only then', () => {
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const witness = topics.some((topic) => one.matches(topic) && other.matches(topic));
        expect(patternsOverlap(one, other)).toBe(witness);
        expect(patternsOverlap(other, one)).toBe(witness);
      }),
    );
  });

  test('a prefix that goes on within a segment is more than the segments it names', () => {
    const prefix = Pattern.parse('a.b', { match: 'prefix' });
    expect(prefix.matches('a.bz')).toBe(true);
    expect(patternCovers(Pattern.parse('a.b.**'), prefix)).toBe(false);
  });

  test('cover each other when no topic of one is missed by the other, and only then', () => {
    fc.assert(
      fc.property(pattern, pattern, (wide, narrow) => {
        const missed = topics.some((topic) => narrow.matches(topic) && !wide.matches(topic));
        expect(patternCovers(wide, narrow)).toBe(!missed);
      }),
    );
  });
});
