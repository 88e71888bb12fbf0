import type { Crdt, Divisible } from '../crdt.ts';
import { sha256 } from '../sha256.ts';
import { decodeCausal, encodeCausal } from './causal-codec.ts';
import { causalLessOrEqual, mergeCausal } from './causal-merge.ts';
import { causalParts } from './causal-parts.ts';
import { type CausalState, emptyCausalState } from './causal-state.ts';
import type { PayloadRules } from './payload.ts';

/** What all causal types have in common; each adds its mutators. */
export function causalType<P, Value>(
  name: string,
  tag: number,
  rules: PayloadRules<P>,
  value: (state: CausalState<P>) => Value,
): Crdt<CausalState<P>, Value> & Divisible<CausalState<P>> {
  const encode = (state: CausalState<P>): Uint8Array => encodeCausal(tag, rules, state);
  return {
    name,
    empty: emptyCausalState<P>(),
    value,
    encode,
    merge: (a, b) => mergeCausal(rules, a, b),
    lessOrEqual: (a, b) => causalLessOrEqual(rules, a, b),
    decode: (bytes) => decodeCausal(tag, rules, bytes),
    digest: (state) => sha256(encode(state)),
    ...causalParts(rules),
  };
}
