import type { Examination } from './examination.ts';
import type { Outcome } from './history.ts';
import type { Law } from './law.ts';

/** Deltas stand for what they were made from, whatever the network does to them. */
export function deltaLaws<State, Value>(exam: Examination<State, Value>): Law[] {
  const { type } = exam;
  const everything = (outcome: Outcome<State>): State =>
    outcome.replicas.map(({ state }) => state).reduce((a, b) => type.merge(a, b));

  return [
    exam.law('deltas in any order and number equal the state', (outcome, choices) => {
      const { deltas, story } = outcome;
      const order = shuffled(deltas.length, choices);
      const repeated = [
        ...order,
        ...order.filter((i) => (choices[i % choices.length] ?? 0) % 2 === 0),
      ];
      const named = repeated.map((i) => i + 1).join(', ');
      const state = repeated.reduce(
        (merged, i) => type.merge(merged, deltas[i] as State),
        type.empty,
      );
      const whole = { name: 'the merge of all replicas', state: everything(outcome) };
      exam.requireEqual({ name: `the merge of deltas ${named}`, state }, whole, {
        ...outcome,
        story,
      });
    }),

    exam.law('deltas merged with one another equal the state', (outcome, choices) => {
      const { deltas } = outcome;
      const cut = (choices[0] ?? 0) % (deltas.length + 1);
      const group = (part: readonly State[]): State =>
        part.reduce((a, b) => type.merge(a, b), type.empty);
      const state = type.merge(group(deltas.slice(cut)), group(deltas.slice(0, cut)));
      const whole = { name: 'the merge of all replicas', state: everything(outcome) };
      exam.requireEqual(
        { name: `the merge of two delta groups, cut after delta ${cut},`, state },
        whole,
        outcome,
      );
    }),

    exam.law('replicas that know the same agree', (outcome) => {
      const states = outcome.replicas.map(({ name }, i) => {
        const others = outcome.replicas.filter((_, k) => k !== i).map(({ state }) => state);
        const own = outcome.replicas[i]?.state as State;
        const state = others.reduce((a, b) => type.merge(a, b), own);
        return { name: `${name} after hearing from everybody`, state };
      });
      const [first, ...others] = states;
      if (first === undefined) return;
      for (const other of others) exam.requireEqual(first, other, outcome);
    }),

    exam.law('functions leave their arguments as they were', (outcome) => {
      const { specimens } = outcome;
      const before = specimens.map(({ state }) => type.encode(state));
      for (const { state } of specimens) {
        for (const { state: other } of specimens) type.merge(state, other);
        type.value(state);
        type.digest(state);
      }
      specimens.forEach((specimen, i) => {
        if (Buffer.compare(type.encode(specimen.state), before[i] as Uint8Array) === 0) return;
        exam.fail(
          `${exam.tell(specimen)}\nIt was another state before it was merged with others.`,
          outcome,
        );
      });
    }),
  ];
}

/** A permutation of 0 to `length - 1` that the choices determine. */
function shuffled(length: number, choices: readonly number[]): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const k = (choices[i % choices.length] ?? 0) % (i + 1);
    [order[i], order[k]] = [order[k] as number, order[i] as number];
  }
  return order;
}
