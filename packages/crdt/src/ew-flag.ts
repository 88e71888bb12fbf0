import { causalType } from './causal/causal-type.ts';
import { type CausalState, eventDelta, removalDelta } from './causal/causal-state.ts';
import { noPayload } from './causal/payload.ts';
import type { Crdt, Divisible } from './crdt.ts';
import { StateTag } from './state-tag.ts';
import { checkWriter } from './writer-id.ts';

export type EWFlagState = CausalState<undefined>;

/** A flag in which enabling wins: it is off once every enabling was seen by a disabling. */
export interface EWFlagType extends Crdt<EWFlagState, boolean>, Divisible<EWFlagState> {
  /** Delta that turns the flag on in the name of `writer`. */
  enable(state: EWFlagState, writer: string): EWFlagState;
  /** Delta that turns off what `state` has seen turned on. */
  disable(state: EWFlagState): EWFlagState;
}

/** The one key under which a flag's dots live. */
const place = 0;

export const EWFlag: EWFlagType = {
  ...causalType(
    'macula.ew-flag',
    StateTag.ewFlag,
    { ...noPayload, onlyKey: place },
    (state) => state.table().entries.size > 0,
  ),

  enable(state, writer) {
    checkWriter(writer);
    return eventDelta(state, writer, place, undefined, state.table().entries.get(place));
  },

  disable(state) {
    const cell = state.table().entries.get(place);
    return cell === undefined ? EWFlag.empty : removalDelta(place, cell);
  },
};
