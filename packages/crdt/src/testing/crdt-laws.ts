import type { ReplicatedType } from '../crdt.ts';
import { deltaLaws } from './delta-laws.ts';
import { divisionLaws } from './division-laws.ts';
import { encodingLaws } from './encoding-laws.ts';
import { Examination } from './examination.ts';
import type { HistoryEvent } from './history-event.ts';
import type { HistoryOptions } from './history.ts';
import type { Law, LawRunOptions } from './law.ts';
import type { Operations } from './operation.ts';
import { readable } from './readable.ts';
import { semilatticeLaws } from './semilattice-laws.ts';

/**
 * What users mean by their operations: says whether `value` may be the outcome of exactly these
 * events. An event that another one `saw` happened before it; others are concurrent (Burckhardt et
 * al., "Replicated data types: specification, verification, optimality", 2014).
 */
export type Intention<Value> = (value: Value, events: readonly HistoryEvent[]) => boolean;

export interface CrdtLawsOptions<Value> extends LawRunOptions, HistoryOptions {
  /** Intentions by name, each checked as a law of its own, such as `{ 'adding wins': (value, events) => ... }`. */
  readonly intentions?: Readonly<Record<string, Intention<Value>>>;
}

/**
 * The laws of a CRDT, to be checked on whatever runner there is:
 *
 *     for (const { name, check } of crdtLaws(type, operations)) test(name, check);
 *
 * Together they say that replicas which exchange deltas or states in any order, any number of times,
 * over any network, end up equal, and mean what was intended.
 */
export function crdtLaws<State, Value>(
  type: ReplicatedType<State, Value>,
  operations: Operations<State>,
  options: CrdtLawsOptions<Value> = {},
): Law[] {
  const exam = new Examination(type, operations, options);
  return [
    ...semilatticeLaws(exam),
    ...deltaLaws(exam),
    ...encodingLaws(exam),
    ...divisionLaws(exam),
    ...Object.entries(options.intentions ?? {}).map(([name, intention]) =>
      intentionLaw(exam, name, intention),
    ),
  ];
}

function intentionLaw<State, Value>(
  exam: Examination<State, Value>,
  name: string,
  intention: Intention<Value>,
): Law {
  const { type } = exam;
  return exam.law(
    name,
    (outcome) => {
      const whole = outcome.replicas.map(({ state }) => state).reduce((a, b) => type.merge(a, b));
      const views = [
        ...outcome.replicas,
        { name: 'everybody', state: whole, events: outcome.events },
      ];
      for (const { name: viewer, state, events } of views) {
        const value = type.value(state);
        if (intention(value, events)) continue;
        exam.fail(`${viewer} sees the value ${readable(value)}, which was not intended.`, outcome);
      }
    },
    { causal: true },
  );
}
