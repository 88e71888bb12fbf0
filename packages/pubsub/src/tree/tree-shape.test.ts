import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { branchRanges, maxBranches, publisherBranches, treeDepth } from './tree-shape.ts';

/** Walks the tree as its members do: who passes on to whom. */
function walk(count: number, first: number, others: number) {
  const reached = new Array<number>(count).fill(0);
  let depth = 0;
  let most = 0;
  const visit = (start: number, end: number, branches: number, hops: number): void => {
    const ranges = branchRanges(start, end, branches);
    most = Math.max(most, ranges.length);
    for (const range of ranges) {
      reached[range.start] = (reached[range.start] ?? 0) + 1;
      depth = Math.max(depth, hops + 1);
      visit(range.start + 1, range.end, others, hops + 1);
    }
  };
  visit(0, count, first, 0);
  return { reached, depth, most };
}

describe('the shape of a tree', () => {
  it.each([
    [0, 0],
    [1, 1],
    [12, 1],
    [13, 2],
    [204, 2],
    [205, 3],
    [1_000, 3],
    [3_276, 3],
    [3_277, 4],
    [10_000, 4],
    [52_428, 4],
    [52_429, 5],
  ])('reaches %i members over %i hops', (count, hops) => {
    expect(treeDepth(count)).toBe(hops);
    expect(walk(count, publisherBranches, maxBranches).depth).toBe(hops);
  });

  it('reaches every member exactly once, with no more copies than branches, for any number of both', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3_000 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 2, max: 40 }),
        (count, first, others) => {
          const { reached, most } = walk(count, first, others);
          expect(reached.every((times) => times === 1)).toBe(true);
          expect(most).toBeLessThanOrEqual(Math.max(first, others));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('splits into ranges that differ by one at most', () => {
    expect(branchRanges(5, 16, 4)).toEqual([
      { start: 5, end: 8 },
      { start: 8, end: 11 },
      { start: 11, end: 14 },
      { start: 14, end: 16 },
    ]);
  });
});
