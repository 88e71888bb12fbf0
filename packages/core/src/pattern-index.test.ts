import { describe, expect, test } from '@jest/globals';
import { Pattern, PatternIndex } from './index.ts';
import { SegmentTrie } from './segment-trie.ts';

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
