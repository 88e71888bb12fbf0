import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Pattern, PatternIndex } from './index.ts';
import { SegmentTrie } from './segment-trie.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Counts every look into a map, every step along one, and every pattern that is asked by itself, from now on. */
function countLooks(): () => number {
  const steps = Object.getPrototypeOf(new Map().values()) as Iterator<unknown>;
  const spies = [
    jest.spyOn(Map.prototype, 'get'),
    jest.spyOn(steps, 'next'),
    jest.spyOn(Pattern.prototype, 'matches'),
  ];
  return () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
}

describe('a pattern index', () => {
  test('finds the values of all patterns that match, whichever way they match', () => {
    const index = new PatternIndex<string>();
    for (const text of ['a.b', 'a.*', 'a.**', '**', '*.b', 'a.b.c', 'b.*', '*']) {
      index.add(Pattern.parse(text), text);
    }
    index.add(Pattern.parse('a.', { match: 'prefix' }), 'prefix a.');
    index.add(Pattern.parse('a.bc', { match: 'prefix' }), 'prefix a.bc');
    expect(index.match('a.b').sort()).toEqual(
      ['a.b', 'a.*', 'a.**', '**', '*.b', 'prefix a.'].sort(),
    );
    expect(index.match('a').sort()).toEqual(['a.**', '**', '*'].sort());
    expect(index.match('a.bcd').sort()).toEqual(
      ['a.*', 'a.**', '**', 'prefix a.', 'prefix a.bc'].sort(),
    );
    expect(index.size).toBe(10);
  });

  test('holds a value as often as it was added, and removes one at a time', () => {
    const index = new PatternIndex<string>();
    const pattern = Pattern.parse('a.*');
    const remove = index.add(pattern, 'x');
    index.add(pattern, 'x');
    expect(index.match('a.b')).toEqual(['x', 'x']);
    remove();
    remove();
    expect(index.match('a.b')).toEqual(['x']);
    expect(index.size).toBe(1);
  });

  test.each([
    ['exact', (i: number) => Pattern.parse(`be.home.home_${i}.contract`)],
    ['of a branch of their own', (i: number) => Pattern.parse(`be.site_${i}.*.measured`)],
    ['of a shared branch', (i: number) => Pattern.parse(`be.*.home_${i + 1_000}.measured`)],
    ['wild at both ends', (i: number) => Pattern.parse(`*.*.room_${i}.**`)],
    ['prefixes', (i: number) => Pattern.parse(`be.home.room_${100_000 + i}`, { match: 'prefix' })],
  ])('looks at as little among 100,000 patterns as among 100, where these are %s', (_, at) => {
    const steps = [100, 100_000].map((count) => {
      const index = new PatternIndex<number>();
      for (let i = 0; i < count; i++) index.add(at(i), i);
      index.add(Pattern.parse('be.home.*.measured'), -1);
      const looks = countLooks();
      expect(index.match('be.home.home_7.measured')).toEqual([-1]);
      const counted = looks();
      jest.restoreAllMocks();
      return counted;
    });
    expect(steps[1]).toBe(steps[0]);
  });

  test('an empty index finds nothing', () => {
    expect(new PatternIndex().match('a.b.c')).toEqual([]);
  });
});

describe('a segment trie', () => {
  test('keeps no node that no value needs', () => {
    const trie = new SegmentTrie<number>();
    trie.add(['a', '*', 'c'], 1);
    trie.add(['a', '*'], 2);
    expect(trie.nodeCount).toBe(3);
    trie.remove(['a', '*', 'c'], 1);
    expect(trie.nodeCount).toBe(2);
    trie.remove(['a', '*', 'x'], 1);
    trie.remove(['a', '*'], 7);
    expect(trie.nodeCount).toBe(2);
    trie.remove(['a', '*'], 2);
    expect(trie.nodeCount).toBe(0);
    expect(trie.isEmpty).toBe(true);
  });
});
