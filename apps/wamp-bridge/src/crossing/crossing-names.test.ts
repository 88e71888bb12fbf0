import { describe, expect, test } from '@jest/globals';
import { Pattern } from '@macula/core';
import { coverOf, routerPattern, wampText } from './cover.ts';
import { PatternMapping } from './pattern-mapping.ts';
import { RuleBook } from './rule-book.ts';

const patterns = (...texts: string[]): Pattern[] => texts.map((text) => Pattern.parse(text));

describe('a mapping', () => {
  test('replaces what stands before the first wildcard, and keeps the rest', () => {
    const mapping = new PatternMapping('com.old.**', 'be.new.energy.**');
    expect(mapping.toMesh('com.old.home.measured')).toBe('be.new.energy.home.measured');
    expect(mapping.toRouter('be.new.energy.home.measured')).toBe('com.old.home.measured');
    expect(mapping.toMesh('com.older.home')).toBeUndefined();
    const pattern = mapping.patternToMesh(Pattern.parse('com.old.*.sold'));
    expect(pattern.key).toBe('wildcard:be.new.energy.*.sold');
  });

  test('leaves names as they are without another beginning', () => {
    const mapping = new PatternMapping('be.cortexiq.**');
    expect(mapping.toMesh('be.cortexiq')).toBe('be.cortexiq');
  });
});

describe('a cover', () => {
  const rule = Pattern.parse('be.cortexiq.**');

  test.each([
    [[], []],
    [['nl.other'], []],
    [
      ['be.cortexiq.a', 'be.cortexiq.a', 'be.cortexiq.b'],
      ['be.cortexiq.a', 'be.cortexiq.b'],
    ],
    [['be.cortexiq.a', 'be.cortexiq.*'], ['be.cortexiq.*']],
    [['be.cortexiq.*.x', 'be.cortexiq.a.*'], ['be.cortexiq.**']],
    [['**', 'be.cortexiq.a'], ['be.cortexiq.**']],
  ])('of %j is %j', (wanted, expected) => {
    expect(coverOf(rule, patterns(...wanted)).map(({ text }) => text)).toEqual(expected);
  });

  test('of very many patterns with wildcards is the rule, of very many names those names', () => {
    const many = (beginning: string, end: string): Pattern[] =>
      patterns(...Array.from({ length: 5_000 }, (_, i) => `${beginning}${i}${end}`));
    expect(coverOf(rule, many('be.cortexiq.a', '.*'))).toEqual([rule]);
    expect(coverOf(rule, many('be.cortexiq.a', ''))).toHaveLength(5_000);
  });

  test.each([
    ['a.b', 'exact', 'a.b'],
    ['a.**', 'prefix', 'a'],
    ['a.*', 'prefix', 'a'],
    ['a.*.c', 'wildcard', 'a..c'],
    ['a.*.c.**', 'prefix', 'a'],
  ])('routers are asked for %s by %s %s', (text, match, asked) => {
    const pattern = routerPattern(Pattern.parse(text));
    expect([pattern.match, wampText(pattern)]).toEqual([match, asked]);
  });
});

describe('rules', () => {
  test('apply in their order, each in its direction', () => {
    const book = new RuleBook([
      { router: 'a.secret.**', direction: 'to-router' as const, qos: 1 as const, topics: [] },
      { router: 'a.**', mesh: 'b.**', direction: 'both' as const, qos: 0 as const, topics: [] },
    ]);
    expect(book.toMesh('a.x')?.name).toBe('b.x');
    expect(book.toMesh('a.secret.x')?.name).toBe('b.secret.x');
    expect(book.toRouter('a.secret.x')?.rule.config.qos).toBe(1);
    expect(book.toRouter('c.x')).toBeUndefined();
    expect(book.toRouter('c.x')).toBeUndefined();
  });
});
