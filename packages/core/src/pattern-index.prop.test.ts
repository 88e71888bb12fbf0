import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { literalPrefixesOf, Pattern, PatternIndex, type Unsubscribe } from './index.ts';
import { SegmentTrie } from './segment-trie.ts';

const segment = fc.constantFrom('a', 'b', 'ab', 'c-1');
const topics = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
const wildcards = fc
  .tuple(
    fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 4 }),
    fc.constantFrom('', '**', '*', 'a'),
  )
  .map(([parts, last]) => [...parts, ...(last === '' ? [] : [last])].join('.'))
  .filter((text) => text !== '')
  .map((text) => Pattern.parse(text));
const prefixes = fc
  .tuple(topics, fc.nat(8))
  .map(([topic, cut]) => Pattern.parse(topic.slice(0, cut + 1), { match: 'prefix' }));
const patterns = fc.oneof(
  wildcards,
  prefixes,
  topics.map((topic) => Pattern.parse(topic)),
);

/** The definition, as slow and as plain as it gets. */
function oracle(pattern: Pattern, topic: string): boolean {
  if (pattern.match === 'exact') return topic === pattern.text;
  if (pattern.match === 'prefix') return topic.indexOf(pattern.text) === 0;
  const source = pattern.text
    .split('.')
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^.]+\\.' : `${part}\\.`))
    .join('');
  return new RegExp(`^${source}$`).test(`${topic}.`);
}

describe('patterns', () => {
  test('match what their definition says', () => {
    fc.assert(
      fc.property(patterns, topics, (pattern, topic) => {
        expect(pattern.matches(topic)).toBe(oracle(pattern, topic));
      }),
      { numRuns: 1000 },
    );
  });

  test('are announced under a prefix that every matching topic looks at', () => {
    fc.assert(
      fc.property(patterns, topics, (pattern, topic) => {
        fc.pre(pattern.matches(topic));
        expect(literalPrefixesOf(topic)).toContain(pattern.literalPrefix);
      }),
    );
  });

  test('read back from their text and match', () => {
    fc.assert(
      fc.property(patterns, ({ text, match, key }) => {
        expect(Pattern.parse(text, { match }).key).toBe(key);
      }),
    );
  });

  test('any text gives a pattern or InvalidUriError', () => {
    const match = fc.constantFrom('exact', 'prefix', 'wildcard');
    const mode = fc.constantFrom('strict', 'loose');
    fc.assert(
      fc.property(fc.string(), match, mode, topics, (text, match, mode, topic) => {
        try {
          expect(typeof Pattern.parse(text, { match, mode }).matches(topic)).toBe('boolean');
        } catch (error) {
          expect(error).toMatchObject({ code: 'macula.invalid_uri' });
        }
      }),
    );
  });
});

describe('a pattern index', () => {
  test('finds what asking every pattern finds, whatever was added and removed', () => {
    const steps = fc.array(fc.record({ pattern: patterns, remove: fc.boolean(), pick: fc.nat() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.array(topics, { maxLength: 5 }), (steps, topics) => {
        const index = new PatternIndex<number>();
        const held: { pattern: Pattern; id: number; remove: Unsubscribe }[] = [];
        for (const [id, step] of steps.entries()) {
          if (step.remove && held.length > 0) {
            held.splice(step.pick % held.length, 1).forEach(({ remove }) => remove());
          } else held.push({ pattern: step.pattern, id, remove: index.add(step.pattern, id) });
        }
        expect(index.size).toBe(held.length);
        for (const topic of topics) {
          const expected = held.filter(({ pattern }) => oracle(pattern, topic)).map(({ id }) => id);
          expect(index.match(topic).sort()).toEqual(expected.sort());
        }
      }),
    );
  });
});

describe('a segment trie', () => {
  test('is empty again when everything was removed, in whatever order', () => {
    const entries = fc.array(wildcards, { maxLength: 30 });
    fc.assert(
      fc.property(entries, fc.infiniteStream(fc.nat()), (entries, order) => {
        const trie = new SegmentTrie<number>();
        const held = entries.map(({ segments }, id) => ({ segments, id }));
        for (const { segments, id } of held) trie.add(segments, id);
        while (held.length > 0) {
          const [entry] = held.splice(order.next().value % held.length, 1);
          trie.remove(entry?.segments ?? [], entry?.id ?? -1);
        }
        expect(trie.nodeCount).toBe(0);
      }),
    );
  });
});
