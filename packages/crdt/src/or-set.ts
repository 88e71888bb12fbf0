import { causalType } from './causal/causal-type.ts';
import { type CausalState, eventDelta, removalDelta, removalOfAll } from './causal/causal-state.ts';
import { noPayload } from './causal/payload.ts';
import type { Crdt, Divisible } from './crdt.ts';
import { compareKeys, keyOf, valueOf } from './element-key.ts';
import { StateTag } from './state-tag.ts';
import { checkWriter } from './writer-id.ts';

/** State of an ORSet; `T` is the type of its elements. */
export interface ORSetState<T = unknown> extends CausalState<undefined> {
  readonly elementType?: T;
}

/**
 * An observed-remove set in which adding wins: a remove takes away the additions that its writer has seen,
 * so an element added concurrently stays. Elements are any MessagePack-able values, equal when
 * their canonical bytes are. Removed elements leave nothing behind.
 */
export interface ORSetType<T> extends Crdt<ORSetState<T>, readonly T[]>, Divisible<ORSetState<T>> {
  /** Delta that adds `element` in the name of `writer`. Throws UnencodableValueError, InvalidArgumentError. */
  add(state: ORSetState<T>, writer: string, element: T): ORSetState<T>;
  /** Delta that removes `element`; empty when it is not in the set. */
  remove(state: ORSetState<T>, element: T): ORSetState<T>;
  /** Delta that removes every element that is in the set. */
  clear(state: ORSetState<T>): ORSetState<T>;
  has(state: ORSetState<T>, element: T): boolean;
  /** Number of elements. */
  size(state: ORSetState<T>): number;
  /** The elements in no particular order, without the cost of sorting that `value` has. */
  elements(state: ORSetState<T>): Iterable<T>;
}

/** The set type of elements `T`; the same object for every `T`. */
export function orSet<T>(): ORSetType<T> {
  return ORSet as unknown as ORSetType<T>;
}

export const ORSet: ORSetType<unknown> = {
  ...causalType('macula.or-set', StateTag.orSet, noPayload, (state: ORSetState) =>
    [...state.table().entries.keys()].sort(compareKeys).map(valueOf),
  ),

  add(state, writer, element) {
    checkWriter(writer);
    const key = keyOf(element);
    return eventDelta(state, writer, key, undefined, state.table().entries.get(key));
  },

  remove(state, element) {
    const key = keyOf(element);
    const cell = state.table().entries.get(key);
    return cell === undefined ? ORSet.empty : removalDelta(key, cell);
  },

  clear(state) {
    return removalOfAll(state.table().entries);
  },

  has(state, element) {
    return state.table().entries.get(keyOf(element)) !== undefined;
  },

  size(state) {
    return state.table().entries.size;
  },

  *elements(state) {
    for (const key of state.table().entries.keys()) yield valueOf(key);
  },
};
