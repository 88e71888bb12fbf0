import * as fc from 'fast-check';
import type { ReplicatedType } from '../crdt.ts';
import { EWFlag, type EWFlagState } from '../ew-flag.ts';
import { GCounter, type GCounterState } from '../g-counter.ts';
import { LWWRegister, type LWWRegisterState } from '../lww-register.ts';
import { MVRegister, type MVRegisterState } from '../mv-register.ts';
import { ORMap, type ORMapOptions, type ORMapState } from '../or-map.ts';
import { ORSet, type ORSetState } from '../or-set.ts';
import { PNCounter, type PNCounterState } from '../pn-counter.ts';
import type { Intention } from './crdt-laws.ts';
import { historyArbitrary, type HistoryOptions, runHistory } from './history.ts';
import {
  addingWins,
  countsEverything,
  enablingWins,
  keepsConcurrentValues,
  lastWriteWins,
} from './intentions.ts';
import { operation, type Operations } from './operation.ts';

/** A type with operations to examine it by. */
export interface Subject<State, Value> {
  readonly type: ReplicatedType<State, Value>;
  readonly operations: Operations<State>;
  readonly intentions: Readonly<Record<string, Intention<Value>>>;
}

/** Values of few kinds and often the same, so that operations meet. */
export function valueArbitrary(): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c') },
    { weight: 2, arbitrary: fc.integer({ min: -2, max: 2 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown>(null, true, 0.5, '', '\0', 'é', [1, 'a'], {
        b: 1,
        a: [2],
      }),
    },
  );
}

const amount = fc.integer({ min: 0, max: 5 });
const nothing = fc.constant(undefined);

export const gCounterSubject: Subject<GCounterState, number> = {
  type: GCounter,
  operations: {
    increment: operation(amount, (state: GCounterState, { writer }, by) =>
      GCounter.increment(state, writer, by),
    ),
  },
  intentions: { 'every increment counts once': countsEverything },
};

export const pnCounterSubject: Subject<PNCounterState, number> = {
  type: PNCounter,
  operations: {
    increment: operation(amount, (state: PNCounterState, { writer }, by) =>
      PNCounter.increment(state, writer, by),
    ),
    decrement: operation(amount, (state: PNCounterState, { writer }, by) =>
      PNCounter.decrement(state, writer, by),
    ),
  },
  intentions: { 'every step counts once': countsEverything },
};

export const lwwRegisterSubject: Subject<LWWRegisterState, unknown> = {
  type: LWWRegister,
  operations: {
    set: operation(valueArbitrary(), (state: LWWRegisterState, { writer, now }, value) =>
      LWWRegister.set(state, writer, value, now),
    ),
  },
  intentions: { 'the last write wins': lastWriteWins },
};

export const mvRegisterSubject: Subject<MVRegisterState, readonly unknown[]> = {
  type: MVRegister,
  operations: {
    set: operation(valueArbitrary(), (state: MVRegisterState, { writer }, value) =>
      MVRegister.set(state, writer, value),
    ),
    clear: operation(nothing, (state: MVRegisterState) => MVRegister.clear(state)),
  },
  intentions: { 'concurrent values are kept': keepsConcurrentValues },
};

export const orSetSubject: Subject<ORSetState, readonly unknown[]> = {
  type: ORSet,
  operations: {
    add: operation(valueArbitrary(), (state: ORSetState, { writer }, element) =>
      ORSet.add(state, writer, element),
    ),
    remove: operation(valueArbitrary(), (state: ORSetState, _, element) =>
      ORSet.remove(state, element),
    ),
    clear: operation(nothing, (state: ORSetState) => ORSet.clear(state)),
  },
  intentions: { 'adding wins': addingWins },
};

export const ewFlagSubject: Subject<EWFlagState, boolean> = {
  type: EWFlag,
  operations: {
    enable: operation(nothing, (state: EWFlagState, { writer }) => EWFlag.enable(state, writer)),
    disable: operation(nothing, (state: EWFlagState) => EWFlag.disable(state)),
  },
  intentions: { 'enabling wins': enablingWins },
};

/** Maps whose values are of another subject's type; operations on values get the prefix `at key: `. */
export function orMapSubject<S, V>(
  inner: Subject<S, V>,
  options: ORMapOptions = {},
): Subject<ORMapState<unknown, S>, ReadonlyMap<unknown, V>> {
  const type = ORMap<unknown, S, V>(inner.type, options);
  type MapState = ORMapState<unknown, S>;
  const key = fc.constantFrom<unknown>('x', 'y', 7);
  const updates = Object.entries(inner.operations).map(([name, { args, apply }]) => [
    `update.${name}`,
    operation(
      fc.record({ key, args: args as fc.Arbitrary<unknown> }),
      (state: MapState, { writer, now }, chosen) =>
        type.update(state, writer, chosen.key, (value, alias) =>
          apply(value, { writer: alias, now }, chosen.args as never),
        ),
    ),
  ]);
  return {
    type,
    operations: {
      ...(Object.fromEntries(updates) as Operations<MapState>),
      remove: operation(fc.record({ key }), (state: MapState, _, chosen) =>
        type.remove(state, chosen.key),
      ),
    },
    intentions: options.concurrentRemove === 'wins' ? {} : { 'updating wins': updatingWins },
  };
}

/** A key is there when some update of it was seen by no remove of it. */
const updatingWins: Intention<ReadonlyMap<unknown, unknown>> = (value, events) => {
  const keyOf = (args: unknown): unknown => (args as { key: unknown }).key;
  const alive = events.filter(
    (event) =>
      event.operation !== 'remove' &&
      !events.some(
        (later) =>
          later.operation === 'remove' &&
          later.saw(event) &&
          keyOf(later.args) === keyOf(event.args),
      ),
  );
  const expected = new Set(alive.map(({ args }) => keyOf(args)));
  return value.size === expected.size && [...value.keys()].every((key) => expected.has(key));
};

/** States that random histories lead to: a replica's, or a delta. */
export function stateArbitrary<State, Value>(
  subject: Pick<Subject<State, Value>, 'type' | 'operations'>,
  options: HistoryOptions = {},
): fc.Arbitrary<State> {
  return fc
    .tuple(historyArbitrary(subject.operations, options), fc.nat({ max: 1_000 }))
    .map(([history, choice]) => {
      const { specimens } = runHistory(subject.type, subject.operations, history);
      return specimens[choice % specimens.length]?.state as State;
    });
}
