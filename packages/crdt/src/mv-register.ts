import { causalType } from './causal/causal-type.ts';
import { type CausalState, eventDelta, removalDelta } from './causal/causal-state.ts';
import { dotsOf } from './causal/dot.ts';
import type { PayloadRules } from './causal/payload.ts';
import type { Crdt, Divisible } from './crdt.ts';
import { compareKeys, type ElementKey, keyOf, valueOf } from './element-key.ts';
import { StateTag } from './state-tag.ts';
import { checkWriter } from './writer-id.ts';

/** State of an MVRegister; `T` is the type of its values. */
export interface MVRegisterState<T = unknown> extends CausalState<ElementKey> {
  readonly valueType?: T;
}

/**
 * A register that keeps every value that no other has overwritten: one as a rule, several after
 * concurrent writes, none before the first.
 */
export interface MVRegisterType<T>
  extends Crdt<MVRegisterState<T>, readonly T[]>, Divisible<MVRegisterState<T>> {
  /** Delta that overwrites all values in `state`. Throws UnencodableValueError, InvalidArgumentError. */
  set(state: MVRegisterState<T>, writer: string, value: T): MVRegisterState<T>;
  /** Delta that takes away all values in `state`. */
  clear(state: MVRegisterState<T>): MVRegisterState<T>;
}

/** The register type of values `T`; the same object for every `T`. */
export function mvRegister<T>(): MVRegisterType<T> {
  return MVRegister as unknown as MVRegisterType<T>;
}

/** The one key under which a register's dots live. */
const place = 0;

const valuePayload: PayloadRules<ElementKey> = {
  write: (writer, key) => void writer.element(key),
  read: (reader) => reader.element(),
  onlyKey: place,
};

export const MVRegister: MVRegisterType<unknown> = {
  ...causalType('macula.mv-register', StateTag.mvRegister, valuePayload, (state) => {
    const keys = new Set(dotsOf(state.table().entries.get(place)).map((dot) => dot.payload));
    return [...keys].sort(compareKeys).map(valueOf);
  }),

  set(state, writer, value) {
    checkWriter(writer);
    return eventDelta(state, writer, place, keyOf(value), state.table().entries.get(place));
  },

  clear(state) {
    const cell = state.table().entries.get(place);
    return cell === undefined ? MVRegister.empty : removalDelta(place, cell);
  },
};
