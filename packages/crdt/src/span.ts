/**
 * A set of one writer's event counters (1, 2, 3, ...), immutable. Where all up to `n` are in it, as
 * is usual, the span is the number `n`; otherwise it is its ranges in ascending order,
 * `[from, to, from, to, ...]`, none touching the next: a version-vector entry with its exceptions.
 */
export type Span = number | readonly number[];

/** The highest counter: far enough below 2^53 to be doubled. */
export const maxCounter = 2 ** 52;

/** The span without any counter. */
export const emptySpan: Span = 0;

/** The span of one counter. */
export function spanOf(counter: number): Span {
  return counter === 1 ? 1 : [counter, counter];
}

export function spanHas(span: Span, counter: number): boolean {
  if (typeof span === 'number') return counter <= span;
  const i = rangeAt(span, counter);
  return i < span.length && (span[i] as number) <= counter;
}

/** The highest counter; 0 when empty. */
export function spanMax(span: Span): number {
  return typeof span === 'number' ? span : (span[span.length - 1] as number);
}

/** How many counters are in it. */
export function spanSize(span: Span): number {
  if (typeof span === 'number') return span;
  let size = 0;
  for (let i = 0; i < span.length; i += 2) size += to(span, i) - from(span, i) + 1;
  return size;
}

export function spanRanges(span: Span): readonly number[] {
  return typeof span === 'number' ? (span === 0 ? [] : [1, span]) : span;
}

/** Both together. Gives back `a` itself when `b` adds nothing. */
export function spanUnion(a: Span, b: Span): Span {
  if (typeof a === 'number') {
    if (typeof b === 'number') return b > a ? b : a;
    let upTo = a;
    let i = 0;
    for (; i < b.length && from(b, i) <= upTo + 1; i += 2) upTo = Math.max(upTo, to(b, i));
    if (i === b.length) return upTo;
  } else if (
    typeof b !== 'number' &&
    a.length === 2 &&
    b.length === 2 &&
    to(a, 0) + 1 < from(b, 0)
  ) {
    return [from(a, 0), to(a, 0), from(b, 0), to(b, 0)];
  } else if (spanIncludes(a, b)) {
    return a;
  }
  return joinRanges(spanRanges(a), spanRanges(b));
}

export function spanIntersection(a: Span, b: Span): Span {
  if (typeof a === 'number') {
    if (typeof b === 'number') return Math.min(a, b);
    if (spanMax(b) <= a) return b;
    if (from(b, 0) > a) return emptySpan;
  }
  const ranges: number[] = [];
  const left = spanRanges(a);
  const right = spanRanges(b);
  for (let i = 0, k = 0; i < left.length && k < right.length;) {
    const low = Math.max(from(left, i), from(right, k));
    const high = Math.min(to(left, i), to(right, k));
    if (low <= high) ranges.push(low, high);
    if (to(left, i) < to(right, k)) i += 2;
    else k += 2;
  }
  return normal(ranges);
}

/** What is in `a` and not in `b`. */
export function spanDifference(a: Span, b: Span): Span {
  const ranges: number[] = [];
  const right = spanRanges(b);
  const left = spanRanges(a);
  let k = 0;
  for (let i = 0; i < left.length; i += 2) {
    let low = from(left, i);
    const high = to(left, i);
    while (k < right.length && to(right, k) < low) k += 2;
    for (let at = k; at < right.length && from(right, at) <= high; at += 2) {
      if (from(right, at) > low) ranges.push(low, from(right, at) - 1);
      low = Math.max(low, to(right, at) + 1);
    }
    if (low <= high) ranges.push(low, high);
  }
  return normal(ranges);
}

/** Whether all of `part` is in `whole`. */
export function spanIncludes(whole: Span, part: Span): boolean {
  if (typeof whole === 'number') return spanMax(part) <= whole;
  const ranges = spanRanges(part);
  for (let i = 0; i < ranges.length; i += 2) {
    const at = rangeAt(whole, to(ranges, i));
    if (at >= whole.length || from(whole, at) > from(ranges, i)) return false;
  }
  return true;
}

export function spansEqual(a: Span, b: Span): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

/** A span from ranges that are in ascending order and do not touch. */
export function spanFromRanges(ranges: readonly number[]): Span {
  return normal(ranges);
}

function joinRanges(a: readonly number[], b: readonly number[]): Span {
  const ranges: number[] = [];
  for (let i = 0, k = 0; i < a.length || k < b.length;) {
    const takeA = k >= b.length || (i < a.length && from(a, i) <= from(b, k));
    const low = takeA ? from(a, i) : from(b, k);
    const high = takeA ? to(a, i) : to(b, k);
    if (takeA) i += 2;
    else k += 2;
    const last = ranges.length - 1;
    if (last > 0 && low <= (ranges[last] as number) + 1) {
      ranges[last] = Math.max(ranges[last] as number, high);
    } else {
      ranges.push(low, high);
    }
  }
  return normal(ranges);
}

function normal(ranges: readonly number[]): Span {
  if (ranges.length === 0) return emptySpan;
  return ranges.length === 2 && ranges[0] === 1 ? (ranges[1] as number) : ranges;
}

/** Index of the first range that ends at or after `counter`. */
function rangeAt(ranges: readonly number[], counter: number): number {
  let low = 0;
  let high = ranges.length >>> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (to(ranges, middle * 2) < counter) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}

function from(ranges: readonly number[], index: number): number {
  return ranges[index] as number;
}

function to(ranges: readonly number[], index: number): number {
  return ranges[index + 1] as number;
}
