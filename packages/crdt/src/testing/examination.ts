import * as fc from 'fast-check';
import type { ReplicatedType } from '../crdt.ts';
import {
  type History,
  historyArbitrary,
  type HistoryOptions,
  type Outcome,
  runHistory,
  type RunOptions,
  type Specimen,
} from './history.ts';
import { type Law, LawBreach, lawOf, type LawRunOptions } from './law.ts';
import type { Operations } from './operation.ts';
import { readable, readableBytes } from './readable.ts';

/** A type under examination: makes laws about what its histories lead to. */
export class Examination<State, Value> {
  readonly type: ReplicatedType<State, Value>;
  private readonly operations: Operations<State>;
  private readonly options: LawRunOptions & HistoryOptions;
  private readonly histories: fc.Arbitrary<History>;

  constructor(
    type: ReplicatedType<State, Value>,
    operations: Operations<State>,
    options: LawRunOptions & HistoryOptions,
  ) {
    this.type = type;
    this.operations = operations;
    this.options = options;
    this.histories = historyArbitrary(operations, options);
  }

  /** A law over the outcome of each history; `choices` are random numbers for whatever the law has to choose. */
  law(
    name: string,
    holds: (outcome: Outcome<State>, choices: readonly number[]) => void,
    run: RunOptions = {},
  ): Law {
    const choices = fc.array(fc.nat({ max: 1_000 }), { minLength: 24, maxLength: 24 });
    const examples = fc.tuple(this.histories, choices);
    const check = ([history, picks]: [History, number[]]): void => {
      holds(this.run(history, run), picks);
    };
    return lawOf(this.type.name, name, examples, check, this.options);
  }

  /** A law over any `count` states and deltas of one history. */
  lawOfStates(
    name: string,
    count: number,
    holds: (specimens: readonly Specimen<State>[], outcome: Outcome<State>) => void,
  ): Law {
    return this.law(name, (outcome, choices) => {
      const { specimens } = outcome;
      const chosen = choices
        .slice(0, count)
        .map((choice) => specimens[choice % specimens.length] as Specimen<State>);
      holds(chosen, outcome);
    });
  }

  /** Throws unless the two states are the same to the byte. */
  requireEqual(a: Specimen<State>, b: Specimen<State>, outcome: Outcome<State>): void {
    const left = this.type.encode(a.state);
    const right = this.type.encode(b.state);
    if (Buffer.compare(left, right) === 0) return;
    this.fail(`${this.tell(a)}\n${this.tell(b)}\nThey should be equal.`, outcome);
  }

  equal(a: State, b: State): boolean {
    return Buffer.compare(this.type.encode(a), this.type.encode(b)) === 0;
  }

  /** A state in words. */
  tell({ name, state }: Specimen<State>): string {
    const bytes = readableBytes(this.type.encode(state));
    return `${capital(name)} has the value ${readable(this.type.value(state))} (${bytes}).`;
  }

  fail(message: string, { story }: Outcome<State>): never {
    throw new LawBreach(message, story);
  }

  private run(history: History, options: RunOptions): Outcome<State> {
    return runHistory(this.type, this.operations, history, options);
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
