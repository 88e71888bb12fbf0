import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

/**
 * How much each writer has counted, immutable: writers in ascending order beside their counts. Its join takes the
 * higher count of each writer. Copying two short arrays is what a merge costs.
 */
export interface Tally {
  readonly writers: readonly string[];
  readonly counts: readonly number[];
}

export const emptyTally: Tally = { writers: [], counts: [] };

export function tallyOf(writer: string, count: number): Tally {
  return { writers: [writer], counts: [count] };
}

/** A tally of counts above 0, in any order. */
export function tallyOfAll(countsByWriter: ReadonlyMap<string, number>): Tally {
  const writers = [...countsByWriter.keys()].sort();
  return { writers, counts: writers.map((writer) => countsByWriter.get(writer) as number) };
}

/** A writer's count; 0 where it has none. */
export function countOf(tally: Tally, writer: string): number {
  const place = placeOf(tally.writers, writer);
  return tally.writers[place] === writer ? (tally.counts[place] as number) : 0;
}

export function tallySum(tally: Tally): number {
  let sum = 0;
  for (let i = 0; i < tally.counts.length; i++) sum += tally.counts[i] as number;
  return sum;
}

/** The join. Gives back `a` itself when `b` adds nothing. */
export function joinTallies(a: Tally, b: Tally): Tally {
  if (b.writers.length === 1) return joinOne(a, b.writers[0] as string, b.counts[0] as number);
  if (tallyLessOrEqual(b, a)) return a;
  if (a.writers.length === 0) return b;
  const writers: string[] = [];
  const counts: number[] = [];
  for (let i = 0, k = 0; i < a.writers.length || k < b.writers.length;) {
    const left = a.writers[i];
    const right = b.writers[k];
    const takeA = right === undefined || (left !== undefined && left <= right);
    const takeB = left === undefined || (right !== undefined && right <= left);
    writers.push((takeA ? left : right) as string);
    const fromA = takeA ? (a.counts[i++] as number) : 0;
    const fromB = takeB ? (b.counts[k++] as number) : 0;
    counts.push(Math.max(fromA, fromB));
  }
  return { writers, counts };
}

export function tallyLessOrEqual(a: Tally, b: Tally): boolean {
  for (let i = 0, k = 0; i < a.writers.length; i++) {
    while (k < b.writers.length && (b.writers[k] as string) < (a.writers[i] as string)) k++;
    if (b.writers[k] !== a.writers[i] || (b.counts[k] as number) < (a.counts[i] as number)) {
      return false;
    }
  }
  return true;
}

export function writeTally(writer: StateWriter, tally: Tally): void {
  writer.varint(tally.writers.length);
  for (let i = 0; i < tally.writers.length; i++) {
    writer.text(tally.writers[i] as string).varint(tally.counts[i] as number);
  }
}

export function readTally(reader: StateReader): Tally {
  const length = reader.count(3);
  const writers: string[] = [];
  const counts: number[] = [];
  for (let i = 0; i < length; i++) {
    const writer = reader.writer();
    if (i > 0 && writer <= (writers[i - 1] as string)) reader.fail('its writers are not in order');
    const count = reader.varint();
    if (count === 0) reader.fail('a writer has counted nothing');
    writers.push(writer);
    counts.push(count);
  }
  return { writers, counts };
}

function joinOne(tally: Tally, writer: string, count: number): Tally {
  const place = placeOf(tally.writers, writer);
  const known = tally.writers[place] === writer;
  if (known && (tally.counts[place] as number) >= count) return tally;
  const counts = tally.counts.slice();
  if (known) {
    counts[place] = count;
    return { writers: tally.writers, counts };
  }
  const writers = tally.writers.slice();
  writers.splice(place, 0, writer);
  counts.splice(place, 0, count);
  return { writers, counts };
}

/** Index of the first writer that is not before `writer`. */
function placeOf(writers: readonly string[], writer: string): number {
  let low = 0;
  let high = writers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((writers[middle] as string) < writer) low = middle + 1;
    else high = middle;
  }
  return low;
}
