import type { Divisible, ReplicatedType } from '../crdt.ts';

/** How states of `type` are compared: part by part where it can, as one part otherwise. */
export function divisionOf<State, Value>(type: ReplicatedType<State, Value>): Divisible<State> {
  if (isDivisible(type)) return type;
  return {
    *parts(state) {
      if (!type.lessOrEqual(state, type.empty)) yield ['', type.digest(state)];
    },
    describe: () => new Uint8Array(0),
    answer: (state) => state,
    *split(state) {
      yield state;
    },
  };
}

function isDivisible<State, Value>(
  type: ReplicatedType<State, Value>,
): type is ReplicatedType<State, Value> & Divisible<State> {
  return type.parts !== undefined && type.describe !== undefined && type.answer !== undefined;
}
