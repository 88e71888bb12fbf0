import type { ElementKey } from '../element-key.ts';
import {
  emptySpan,
  type Span,
  spanHas,
  spanIncludes,
  spanIntersection,
  spanSize,
  spanUnion,
} from '../span.ts';
import { type CausalTable, UndoLog } from './causal-table.ts';
import { CausalState } from './causal-state.ts';
import { type Cell, cellOf, compareDots, Dot, dotsOf, findDot } from './dot.ts';
import type { PayloadRules } from './payload.ts';

/** Tables up to this weight are copied rather than taken over: cheaper than keeping what was replaced. */
const smallTable = 16;

/**
 * The join of two causal states: a dot lives on when both have it, or when one has it and the other
 * never saw it (Almeida et al. 2018, section 7). Costs what the smaller holds: its dots, and those
 * of its context that the larger one has live.
 */
export function mergeCausal<P>(
  rules: PayloadRules<P>,
  a: CausalState<P>,
  b: CausalState<P>,
): CausalState<P> {
  if (a === b || b.table().isEmpty) return a;
  if (a.table().isEmpty) return b;
  const swap = b.table().weight > a.table().weight;
  const base = swap ? b : a;
  const other = (swap ? a : b).table();
  if (base.table().weight <= smallTable) {
    const undo = new UndoLog<P>();
    const table = base.table().copy();
    joinInto(rules, table, other, undo);
    return undo.isEmpty ? base : new CausalState(table);
  }
  const undo = new UndoLog<P>();
  try {
    joinInto(rules, base.table(), other, undo);
  } catch (error) {
    undo.apply(base.table());
    throw error;
  }
  return undo.isEmpty ? base : base.succeed(undo);
}

/** Whether `b` has seen all that `a` has, and has removed all that `a` has removed. */
export function causalLessOrEqual<P>(
  rules: PayloadRules<P>,
  a: CausalState<P>,
  b: CausalState<P>,
): boolean {
  if (a === b) return true;
  const left = a.table();
  const right = b.table();
  for (const [writer, span] of left.context) {
    if (!spanIncludes(right.context.get(writer) ?? 0, span)) return false;
  }
  for (const [writer, span] of left.context) {
    for (const [counter, key] of right.liveWithin(writer, span)) {
      const own = findDot(left.entries.get(key), writer, counter);
      if (own === undefined) return false;
      if (rules.growth === undefined) continue;
      const their = findDot(right.entries.get(key), writer, counter) as Dot<P>;
      if (!rules.growth.lessOrEqual(own.payload, their.payload)) return false;
    }
  }
  return true;
}

function joinInto<P>(
  rules: PayloadRules<P>,
  table: CausalTable<P>,
  other: CausalTable<P>,
  undo: UndoLog<P>,
): void {
  const { entries, context } = other;
  const key = entries.soleKey;
  let settled = 0;
  if (key !== undefined) {
    settled = joinCell(rules, table, other, key, entries.get(key) as Cell<P>, undo);
  } else if (entries.size > 0) {
    for (const [each, cell] of entries) settled += joinCell(rules, table, other, each, cell, undo);
  }
  const { hints } = other;
  for (let i = 0; i < hints.length; i++) {
    settled += removeSeen(table, other, hints[i] as ElementKey, undo);
  }
  const writer = context.soleKey;
  if (writer !== undefined) {
    const span = context.get(writer) as Span;
    const common = spanIntersection(table.context.get(writer) ?? emptySpan, span);
    if (spanSize(common) > settled) {
      removeUnlessLive(table, other, [[writer, common]], settled, undo);
    }
    joinSpan(table, writer, span, undo);
  } else {
    const common: [string, Span][] = [];
    for (const [each, span] of context) {
      const shared = spanIntersection(table.context.get(each) ?? emptySpan, span);
      if (shared !== emptySpan) common.push([each, shared]);
    }
    removeUnlessLive(table, other, common, settled, undo);
    for (const [each, span] of context) joinSpan(table, each, span, undo);
  }
}

/**
 * Joins what both have at one key, while the table's context is still the one from before the merge. Gives how many of the
 * table's dots there the other has seen: these need not be looked for again.
 */
function joinCell<P>(
  rules: PayloadRules<P>,
  table: CausalTable<P>,
  other: CausalTable<P>,
  key: ElementKey,
  theirs: Cell<P>,
  undo: UndoLog<P>,
): number {
  const ours = table.entries.get(key);
  if (theirs instanceof Dot) {
    if (ours === undefined) {
      if (!hasSeen(table, theirs)) table.replace(key, undefined, theirs, undo);
      return 0;
    }
    if (ours instanceof Dot && hasSeen(other, ours)) {
      const joined = isSameDot(ours, theirs)
        ? grown(rules, ours, theirs)
        : hasSeen(table, theirs)
          ? undefined
          : theirs;
      if (joined !== ours) table.replace(key, ours, joined, undo);
      return 1;
    }
  }
  return joinDots(rules, table, other, key, ours, theirs, undo);
}

/** The same for any number of dots. */
function joinDots<P>(
  rules: PayloadRules<P>,
  table: CausalTable<P>,
  other: CausalTable<P>,
  key: ElementKey,
  ours: Cell<P> | undefined,
  theirs: Cell<P>,
  undo: UndoLog<P>,
): number {
  const joined: Dot<P>[] = [];
  let changed = false;
  let settled = 0;
  for (const own of dotsOf(ours)) {
    const their = findDot(theirs, own.writer, own.counter);
    const seen = hasSeen(other, own);
    if (seen) settled++;
    const kept = their === undefined ? (seen ? undefined : own) : grown(rules, own, their);
    if (kept !== undefined) joined.push(kept);
    changed ||= kept !== own;
  }
  for (const their of dotsOf(theirs)) {
    if (hasSeen(table, their)) continue;
    joined.push(their);
    changed = true;
  }
  if (joined.length > 1) joined.sort(compareDots);
  if (changed) table.replace(key, ours, cellOf(joined), undo);
  return settled;
}

/** Removes the dots at `key` that `other` has seen, and has no more. */
function removeSeen<P>(
  table: CausalTable<P>,
  other: CausalTable<P>,
  key: ElementKey,
  undo: UndoLog<P>,
): number {
  const ours = table.entries.get(key);
  if (ours === undefined || other.entries.get(key) !== undefined) return 0;
  if (ours instanceof Dot) {
    if (!hasSeen(other, ours)) return 0;
    table.replace(key, ours, undefined, undo);
    return 1;
  }
  const left = dotsOf(ours).filter((dot) => !hasSeen(other, dot));
  const removed = dotsOf(ours).length - left.length;
  if (removed > 0) table.replace(key, ours, cellOf(left), undo);
  return removed;
}

function joinSpan<P>(table: CausalTable<P>, writer: string, span: Span, undo: UndoLog<P>): void {
  const known = table.context.get(writer);
  const union = known === undefined ? span : spanUnion(known, span);
  if (union !== known) table.setSpan(writer, union, undo);
}

/**
 * Removes the table's live dots that are `common` to both contexts and that `other` no longer has. With few of them each
 * is looked up; with many the whole table is gone through. `settled` of them are known to be right.
 */
function removeUnlessLive<P>(
  table: CausalTable<P>,
  other: CausalTable<P>,
  common: readonly (readonly [writer: string, span: Span])[],
  settled: number,
  undo: UndoLog<P>,
): void {
  let size = 0;
  for (const [, span] of common) size += spanSize(span);
  if (size <= settled) return;
  const dead = new Map<ElementKey, Set<Dot<P>>>();
  const bury = (key: ElementKey, dot: Dot<P>): void => {
    const known = dead.get(key);
    if (known === undefined) dead.set(key, new Set([dot]));
    else known.add(dot);
  };
  if (size > table.entries.size / 2) {
    for (const [key, cell] of table.entries) {
      for (const dot of dotsOf(cell)) {
        if (!hasSeen(other, dot)) continue;
        if (findDot(other.entries.get(key), dot.writer, dot.counter) === undefined) {
          bury(key, dot);
        }
      }
    }
  } else {
    for (const [writer, span] of common) {
      for (const [counter, key] of table.liveWithin(writer, span)) {
        if (findDot(other.entries.get(key), writer, counter) !== undefined) continue;
        const dot = findDot(table.entries.get(key), writer, counter);
        if (dot !== undefined) bury(key, dot);
      }
    }
  }
  for (const [key, dots] of dead) {
    const cell = table.entries.get(key);
    const left = cellOf(dotsOf(cell).filter((dot) => !dots.has(dot)));
    table.replace(key, cell, left, undo);
  }
}

function isSameDot<P>(a: Dot<P>, b: Dot<P>): boolean {
  return a.counter === b.counter && a.writer === b.writer;
}

function hasSeen<P>(table: CausalTable<P>, dot: Dot<P>): boolean {
  const span = table.context.get(dot.writer);
  return span !== undefined && spanHas(span, dot.counter);
}

/** A dot that both have, with what either's payload has grown to. */
function grown<P>(rules: PayloadRules<P>, own: Dot<P>, their: Dot<P>): Dot<P> {
  if (rules.growth === undefined || rules.growth.lessOrEqual(their.payload, own.payload))
    return own;
  return new Dot(own.writer, own.counter, rules.growth.join(own.payload, their.payload));
}
