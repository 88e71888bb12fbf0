import { LimitExceededError } from '@macula/core';
import { CompactMap } from '../compact-map.ts';
import type { ElementKey } from '../element-key.ts';
import { maxCounter, type Span, spanMax, spanOf, spanUnion } from '../span.ts';
import { CausalTable, type UndoLog } from './causal-table.ts';
import { type Cell, Dot, dotsOf } from './dot.ts';

/**
 * An immutable state of a causal type. The newest version in a line of merges holds the table; an
 * older one knows its successor and what the step to it replaced, and makes itself a table of its
 * own only if somebody reads it again (Baker, "Shallow binding makes functional arrays fast", 1991).
 * So states are values, and a merge still costs only what the delta holds.
 */
export class CausalState<P> {
  private own: CausalTable<P> | undefined;
  private successor: CausalState<P> | undefined;
  private undo: UndoLog<P> | undefined;

  constructor(table: CausalTable<P>) {
    this.own = table;
    this.successor = undefined;
    this.undo = undefined;
  }

  /** The table of this version; not to be changed. */
  table(): CausalTable<P> {
    return this.own ?? this.recover();
  }

  /** The state after `undo`'s steps were taken in this one's table, which it gives up. */
  succeed(undo: UndoLog<P>): CausalState<P> {
    const next = new CausalState(this.table());
    this.own = undefined;
    this.successor = next;
    this.undo = undo;
    return next;
  }

  private recover(): CausalTable<P> {
    const steps: UndoLog<P>[] = [];
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- walks a list that starts here
    let newest: CausalState<P> = this;
    while (newest.own === undefined) {
      steps.push(newest.undo as UndoLog<P>);
      newest = newest.successor as CausalState<P>;
    }
    const table = newest.own.copy();
    for (let i = steps.length - 1; i >= 0; i--) (steps[i] as UndoLog<P>).apply(table);
    this.own = table;
    this.successor = undefined;
    this.undo = undefined;
    return table;
  }
}

/** The state before any event. Shared, since states are values; merges never take its table over. */
export function emptyCausalState<P>(): CausalState<P> {
  return new CausalState<P>(CausalTable.empty<P>());
}

/** A delta with one new event of `writer` at `key`, in place of the `covered` dots. Throws LimitExceededError. */
export function eventDelta<P>(
  state: CausalState<P>,
  writer: string,
  key: ElementKey,
  payload: P,
  covered: Cell<P> | undefined,
): CausalState<P> {
  const counter = nextCounter(state, writer);
  const context = new CompactMap<string, Span>(writer, spanOf(counter));
  cover(context, covered);
  const entries = new CompactMap<ElementKey, Cell<P>>(key, new Dot(writer, counter, payload));
  return new CausalState(new CausalTable(entries, context));
}

/** A delta that removes what stands at a key, and nothing else. */
export function removalDelta<P>(key: ElementKey, covered: Cell<P>): CausalState<P> {
  if (!(covered instanceof Dot)) return removalOfAll([[key, covered]]);
  const context = new CompactMap<string, Span>(covered.writer, spanOf(covered.counter));
  return new CausalState(new CausalTable<P>(new CompactMap(), context, [key]));
}

/** A delta that removes what stands at these keys, and nothing else. */
export function removalOfAll<P>(covered: Iterable<readonly [ElementKey, Cell<P>]>): CausalState<P> {
  const counters = new Map<string, number[]>();
  const keys: ElementKey[] = [];
  for (const [key, cell] of covered) {
    keys.push(key);
    for (const dot of dotsOf(cell)) {
      const known = counters.get(dot.writer);
      if (known === undefined) counters.set(dot.writer, [dot.counter]);
      else known.push(dot.counter);
    }
  }
  const context = new CompactMap<string, Span>();
  for (const [writer, list] of counters) context.set(writer, spanOfAll(list));
  return new CausalState(new CausalTable<P>(new CompactMap(), context, keys));
}

/** The next counter that `writer` would use. Throws LimitExceededError when there is none. */
export function nextCounter<P>(state: CausalState<P>, writer: string): number {
  const counter = spanMax(state.table().context.get(writer) ?? 0) + 1;
  if (counter > maxCounter) {
    throw new LimitExceededError(
      `the writer ${JSON.stringify(writer)} has no event left: write under another ID`,
    );
  }
  return counter;
}

/** The span of the given counters, in any order. */
export function spanOfAll(counters: number[]): Span {
  if (counters.length === 1) return spanOf(counters[0] as number);
  const ranges: number[] = [];
  for (const counter of counters.sort((a, b) => a - b)) {
    const last = ranges.length - 1;
    if (last > 0 && counter <= (ranges[last] as number) + 1) ranges[last] = counter;
    else ranges.push(counter, counter);
  }
  return spanUnion(0, ranges);
}

function cover<P>(context: CompactMap<string, Span>, covered: Cell<P> | undefined): void {
  if (covered === undefined) return;
  if (covered instanceof Dot) {
    const span = context.get(covered.writer) ?? 0;
    context.set(covered.writer, spanUnion(spanOf(covered.counter), span));
    return;
  }
  for (const dot of dotsOf(covered)) {
    context.set(dot.writer, spanUnion(context.get(dot.writer) ?? 0, spanOf(dot.counter)));
  }
}
