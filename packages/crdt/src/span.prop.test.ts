import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type Span,
  spanDifference,
  spanFromRanges,
  spanHas,
  spanIncludes,
  spanIntersection,
  spanMax,
  spanRanges,
  spansEqual,
  spanSize,
  spanUnion,
} from './span.ts';

/** Spans as plain sets of numbers: what they mean. */
const counters = fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { maxLength: 20 });

function spanOfSet(set: Iterable<number>): Span {
  const ranges: number[] = [];
  for (const counter of [...set].sort((a, b) => a - b)) {
    if (ranges.at(-1) === counter - 1) ranges[ranges.length - 1] = counter;
    else ranges.push(counter, counter);
  }
  return spanFromRanges(ranges);
}

function setOfSpan(span: Span): Set<number> {
  const set = new Set<number>();
  for (let counter = 1; counter <= 30; counter++) if (spanHas(span, counter)) set.add(counter);
  return set;
}

function agrees(span: Span, expected: ReadonlySet<number>): void {
  expect(setOfSpan(span)).toEqual(expected);
  expect(spansEqual(span, spanOfSet(expected))).toBe(true);
  expect(spanSize(span)).toBe(expected.size);
  expect(spanMax(span)).toBe(Math.max(0, ...expected));
}

describe('spans', () => {
  test('are the sets they stand for', () => {
    fc.assert(
      fc.property(counters, counters, (left, right) => {
        const [a, b] = [new Set(left), new Set(right)];
        const [x, y] = [spanOfSet(a), spanOfSet(b)];
        agrees(x, a);
        agrees(spanUnion(x, y), new Set([...a, ...b]));
        agrees(spanIntersection(x, y), new Set(left.filter((each) => b.has(each))));
        agrees(spanDifference(x, y), new Set(left.filter((each) => !b.has(each))));
        expect(spanIncludes(x, y)).toBe(right.every((each) => a.has(each)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('are one number where nothing is missing', () => {
    expect(spanUnion(3, [4, 4])).toBe(4);
    expect(spanUnion([2, 3], 1)).toBe(3);
    expect(spanUnion(5, [3, 4])).toBe(5);
    expect(spanUnion(1, [3, 3, 5, 6])).toEqual([1, 1, 3, 3, 5, 6]);
    expect(spanRanges(0)).toEqual([]);
  });

  test('stay the same object when a union adds nothing', () => {
    const span: Span = [2, 4, 8, 9];
    expect(spanUnion(span, [3, 3, 8, 8])).toBe(span);
    expect(spanUnion(span, span)).toBe(span);
  });
});
