import type { ElementKey } from '../element-key.ts';
import {
  emptySpan,
  type Span,
  spanHas,
  spanIncludes,
  spanIntersection,
  spanUnion,
} from '../span.ts';
import { type CausalTable, UndoLog } from './causal-table.ts';
import { CausalState } from './causal-state.ts';
import { type Cell, compareDots, Dot, dotsOf, findDot, withoutDot } from './dot.ts';
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
  if (key !== undefined) {
    joinCell(rules, table, other, key, entries.get(key) as Cell<P>, undo);
  } else if (entries.size > 0) {
    for (const [each, cell] of entries) joinCell(rules, table, other, each, cell, undo);
  }
  const writer = context.soleKey;
  if (writer !== undefined) {
    joinSpan(table, other, writer, context.get(writer) as Span, undo);
  } else {
    for (const [each, span] of context) joinSpan(table, other, each, span, undo);
  }
}

/** Joins what both have at one key. The table's context is still the one from before the merge. */
function joinCell<P>(
  rules: PayloadRules<P>,
  table: CausalTable<P>,
  other: CausalTable<P>,
  key: ElementKey,
  theirs: Cell<P>,
  undo: UndoLog<P>,
): void {
  const ours = table.entries.get(key);
  if (ours === undefined && theirs instanceof Dot) {
    if (!hasSeen(table, theirs)) table.put(key, theirs, undo);
    return;
  }
  const joined: Dot<P>[] = [];
  let changed = false;
  for (const own of dotsOf(ours)) {
    const their = findDot(theirs, own.writer, own.counter);
    const kept =
      their === undefined ? (hasSeen(other, own) ? undefined : own) : grown(rules, own, their);
    if (kept !== undefined) joined.push(kept);
    changed ||= kept !== own;
  }
  for (const their of dotsOf(theirs)) {
    if (hasSeen(table, their)) continue;
    joined.push(their);
    changed = true;
  }
  if (!changed) return;
  if (joined.length > 1) joined.sort(compareDots);
  table.put(key, joined.length > 1 ? joined : joined[0], undo);
}

function joinSpan<P>(
  table: CausalTable<P>,
  other: CausalTable<P>,
  writer: string,
  span: Span,
  undo: UndoLog<P>,
): void {
  const known = table.context.get(writer);
  if (known === undefined) {
    table.setSpan(writer, span, undo);
    return;
  }
  const common = spanIntersection(known, span);
  if (common !== emptySpan) removeUnlessLive(table, other, writer, common, undo);
  const union = spanUnion(known, span);
  if (union !== known) table.setSpan(writer, union, undo);
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

/** Removes the table's live dots in `common` that `other` has seen and no longer has. */
function removeUnlessLive<P>(
  table: CausalTable<P>,
  other: CausalTable<P>,
  writer: string,
  common: Span,
  undo: UndoLog<P>,
): void {
  for (const [counter, key] of table.liveWithin(writer, common)) {
    if (findDot(other.entries.get(key), writer, counter) !== undefined) continue;
    table.put(key, withoutDot(table.entries.get(key), writer, counter), undo);
  }
}
