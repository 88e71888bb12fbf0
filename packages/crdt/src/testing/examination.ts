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
    const number = fc.nat({ max: 1_000 });
    // Not shrunk: small choices are no simpler than large ones.
    const choices = fc.noShrink(fc.array(number, { minLength: 24, maxLength: 24 }));
    const examples = fc.tuple(this.histories, choices);
    const check = ([history, picks]: [History, number[]]): void => {
      holds(this.run(history, run), picks);
    };
    return lawOf(this.type.name, name, examples, check, this.options);
  }

  /**
   * A law over any `count` states and deltas of one history: all choices of them after a short history, so that
   * nothing is missed while it shrinks, and some after a long one.
   */
  lawOfStates<Count extends 1 | 2 | 3>(
    name: string,
    count: Count,
    holds: (specimens: Several<Specimen<State>, Count>, outcome: Outcome<State>) => void,
  ): Law {
    return this.law(name, (outcome, choices) => {
      for (const chosen of selections(outcome.specimens, count, choices)) {
        holds(chosen as Several<Specimen<State>, Count>, outcome);
      }
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

type Several<T, Count> = Count extends 1 ? [T] : Count extends 2 ? [T, T] : [T, T, T];

/** Up to so many choices are all gone through. */
const allSelections = 36;

function* selections<T>(
  from: readonly T[],
  count: number,
  choices: readonly number[],
): Iterable<readonly T[]> {
  const total = from.length ** count;
  const numbers =
    total <= allSelections
      ? Array.from({ length: total }, (_, i) => i)
      : choices.slice(0, 3).map((_, i) => mixed(choices, i * count, count, from.length));
  for (const number of numbers) {
    yield Array.from({ length: count }, (_, i) => {
      return from[Math.floor(number / from.length ** i) % from.length] as T;
    });
  }
}

/** A number with `count` digits to the base `base`, from the choices at `start`. */
function mixed(choices: readonly number[], start: number, count: number, base: number): number {
  const digits = choices.slice(start, start + count).map((choice) => choice % base);
  return digits.reduceRight((number, digit) => number * base + digit, 0);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
