import type { Examination } from './examination.ts';
import type { Specimen } from './history.ts';
import type { Law } from './law.ts';

/** Merge is the join of a semilattice, and `lessOrEqual` its order. */
export function semilatticeLaws<State, Value>(exam: Examination<State, Value>): Law[] {
  const { type } = exam;
  const merged = (...parts: Specimen<State>[]): Specimen<State> => ({
    name: `the merge of ${parts.map(({ name }) => name).join(' with ')}`,
    state: parts.map(({ state }) => state).reduce((a, b) => type.merge(a, b)),
  });

  return [
    exam.lawOfStates('merge is commutative', 2, ([a, b], outcome) => {
      exam.requireEqual(merged(a, b), merged(b, a), outcome);
    }),

    exam.lawOfStates('merge is associative', 3, ([a, b, c], outcome) => {
      const right = merged(b, c);
      const nested = { name: `the merge of ${a.name} with that of ${b.name} and ${c.name}` };
      const state = type.merge(a.state, right.state);
      exam.requireEqual(merged(a, b, c), { ...nested, state }, outcome);
    }),

    exam.lawOfStates('merge is idempotent', 2, ([a, b], outcome) => {
      exam.requireEqual(merged(a, a), a, outcome);
      const once = merged(a, b);
      exam.requireEqual(
        { name: `${once.name}, twice`, state: type.merge(once.state, b.state) },
        once,
        outcome,
      );
    }),

    exam.lawOfStates('merge only adds', 2, ([a, b], outcome) => {
      const join = merged(a, b);
      for (const part of [a, b]) {
        if (type.lessOrEqual(part.state, join.state)) continue;
        exam.fail(
          `${exam.tell(part)}\n${exam.tell(join)}\nThe first should be less than or equal to the second.`,
          outcome,
        );
      }
    }),

    exam.lawOfStates('lessOrEqual agrees with merge', 2, ([a, b], outcome) => {
      const says = type.lessOrEqual(a.state, b.state);
      const join = merged(a, b);
      if (says === exam.equal(join.state, b.state)) return;
      const claim = says ? 'less than or equal to' : 'not less than or equal to';
      exam.fail(
        `${exam.tell(a)}\n${exam.tell(b)}\n${exam.tell(join)}\nlessOrEqual calls the first ${claim} the second; the merge says otherwise.`,
        outcome,
      );
    }),

    exam.lawOfStates('empty is neutral', 1, ([a], outcome) => {
      const empty = { name: 'the empty state', state: type.empty };
      exam.requireEqual(merged(empty, a), a, outcome);
      exam.requireEqual(merged(a, empty), a, outcome);
    }),
  ];
}
