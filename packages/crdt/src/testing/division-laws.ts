import type { Divisible } from '../crdt.ts';
import type { Examination } from './examination.ts';
import type { Law } from './law.ts';

/** States of divisible types can be compared and brought together part by part. */
export function divisionLaws<State, Value>(exam: Examination<State, Value>): Law[] {
  const { type } = exam;
  if (type.parts === undefined) return [];
  const { parts, describe, answer, split } = type as Divisible<State>;
  const contents = (state: State): Map<string, string> =>
    new Map([...parts(state)].map(([id, content]) => [id, Buffer.from(content).toString('hex')]));
  const unequal = (a: State, b: State): string[] => {
    const [left, right] = [contents(a), contents(b)];
    return [...new Set([...left.keys(), ...right.keys()])].filter(
      (id) => left.get(id) !== right.get(id),
    );
  };

  return [
    exam.lawOfStates('equal parts make equal states', 2, ([a, b], outcome) => {
      const sameParts = unequal(a.state, b.state).length === 0;
      if (sameParts === exam.equal(a.state, b.state)) return;
      exam.fail(`${exam.tell(a)}\n${exam.tell(b)}\nTheir parts say otherwise.`, outcome);
    }),

    exam.lawOfStates('answers about unequal parts bring states together', 2, ([a, b], outcome) => {
      const ids = unequal(a.state, b.state);
      const join = { name: 'their merge', state: type.merge(a.state, b.state) };
      const answered = (own: State, other: State): State =>
        type.merge(own, answer(other, describe(own, ids)));
      for (const [own, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const state = answered(own.state, other.state);
        exam.requireEqual({ name: `${own.name}, after an answer,`, state }, join, outcome);
      }
    }),

    exam.lawOfStates('a state is the merge of what it splits into', 1, ([a], outcome) => {
      for (const maxBytes of [1, 64, 1_000_000]) {
        let state = type.empty;
        for (const piece of split(a.state, maxBytes)) state = type.merge(state, piece);
        exam.requireEqual({ name: 'the merge of its pieces', state }, a, outcome);
      }
    }),
  ];
}
