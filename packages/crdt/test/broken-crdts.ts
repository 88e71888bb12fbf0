import * as fc from 'fast-check';
import {
  type Crdt,
  LWWRegister,
  type LWWRegisterState,
  MalformedStateError,
  ORSet,
  type ORSetState,
  type ReplicatedType,
} from '../src/index.ts';
import {
  type Intention,
  operation,
  type Operations,
  orSetSubject,
  lwwRegisterSubject,
} from '../src/testing/index.ts';

/** A CRDT with one deliberate defect, and the laws of which at least one must find it. */
export interface BrokenType {
  readonly defect: string;
  readonly laws: readonly string[];
  readonly type: ReplicatedType<never, unknown>;
  readonly operations: Operations<never>;
  readonly intentions?: Readonly<Record<string, Intention<unknown>>>;
}

function broken<State, Value>(
  defect: string,
  laws: readonly string[],
  type: ReplicatedType<State, Value>,
  operations: Operations<State>,
  intentions: Readonly<Record<string, Intention<Value>>> = {},
): BrokenType {
  return { defect, laws, type, operations, intentions } as unknown as BrokenType;
}

/** A type over states that JSON can write. */
function jsonType<State, Value>(
  parts: Pick<Crdt<State, Value>, 'empty' | 'merge' | 'value' | 'lessOrEqual'>,
): Crdt<State, Value> {
  const encode = (state: State): Uint8Array => new TextEncoder().encode(JSON.stringify(state));
  return {
    name: 'broken',
    ...parts,
    encode,
    digest: encode,
    decode(bytes) {
      try {
        const state = JSON.parse(new TextDecoder().decode(bytes)) as State;
        if (Buffer.compare(encode(state), bytes) === 0) return state;
      } catch (error) {
        throw new MalformedStateError('not JSON', { cause: error });
      }
      throw new MalformedStateError('not as it was written');
    },
  };
}

const letter = fc.constantFrom('a', 'b', 'c');
const { operations: setOperations, intentions: setIntentions } = orSetSubject;
const { intentions: registerIntentions } = lwwRegisterSubject;

type Tally = Readonly<Record<string, number>>;
const keysOf = (...tallies: Tally[]): string[] =>
  [...new Set(tallies.flatMap((tally) => Object.keys(tally)))].sort();
const pointwise = (a: Tally, b: Tally, join: (x: number, y: number) => number): Tally =>
  Object.fromEntries(keysOf(a, b).map((key) => [key, join(a[key] ?? 0, b[key] ?? 0)]));
const total = (tally: Tally): number => Object.values(tally).reduce((sum, n) => sum + n, 0);
const below = (a: Tally, b: Tally): boolean =>
  keysOf(a).every((key) => (a[key] ?? 0) <= (b[key] ?? 0));
const tallyType = jsonType<Tally, number>({
  empty: {},
  merge: (a, b) => pointwise(a, b, Math.max),
  value: total,
  lessOrEqual: below,
});
const counting: Operations<Tally> = {
  increment: operation(fc.constant(1), (state: Tally, { writer }, by) => ({
    [writer]: (state[writer] ?? 0) + by,
  })),
};
const everyStep: Intention<number> = (value, events) => value === events.length;

type Stamped = readonly [time: number, value: string];
const stamping: Operations<Stamped> = {
  set: operation(letter, (_: Stamped, { now }, value) => [now.wallMs, value] as const),
};

type Letters = readonly string[];
const union = (a: Letters, b: Letters): Letters => [...new Set([...a, ...b])];

/** Adds and removes as two sets that only grow: what was removed can never be added again. */
interface TwoPhase {
  readonly added: Letters;
  readonly removed: Letters;
}
const sortedUnion = (a: Letters, b: Letters): Letters => [...union(a, b)].sort();
const twoPhase = jsonType<TwoPhase, Letters>({
  empty: { added: [], removed: [] },
  merge: (a, b) => ({
    added: sortedUnion(a.added, b.added),
    removed: sortedUnion(a.removed, b.removed),
  }),
  value: (state) => state.added.filter((each) => !state.removed.includes(each)),
  lessOrEqual: (a, b) =>
    a.added.every((each) => b.added.includes(each)) &&
    a.removed.every((each) => b.removed.includes(each)),
});

export const brokenTypes: readonly BrokenType[] = [
  broken(
    'merge is not commutative: the right side wins',
    ['merge is commutative'],
    jsonType<Stamped, string>({
      empty: [0, ''],
      merge: (a, b) => (b[0] === 0 ? a : b),
      value: ([, value]) => value,
      lessOrEqual: ([a], [b]) => a <= b,
    }),
    stamping,
  ),
  broken(
    'merge is not associative: it takes the mean',
    ['merge is associative'],
    jsonType<number, number>({
      empty: 0,
      merge: (a, b) => (a + b) / 2,
      value: (state) => state,
      lessOrEqual: (a, b) => a <= b,
    }),
    { set: operation(fc.integer({ min: 1, max: 9 }), (_: number, __, value) => value) },
  ),
  broken(
    'merge is not idempotent: it adds counts up',
    ['merge is idempotent'],
    { ...tallyType, merge: (a: Tally, b: Tally) => pointwise(a, b, (x, y) => x + y) },
    counting,
  ),
  broken(
    'merge forgets: it takes the lower count',
    ['merge only adds'],
    { ...tallyType, merge: (a: Tally, b: Tally) => pointwise(a, b, Math.min) },
    counting,
  ),
  broken(
    'merge changes its left argument',
    ['functions leave their arguments as they were'],
    {
      ...tallyType,
      merge(a: Tally, b: Tally) {
        if (a === tallyType.empty) return { ...b };
        return Object.assign(a, pointwise(a, b, Math.max)) as Tally;
      },
    },
    counting,
  ),
  broken(
    'lessOrEqual compares sums',
    ['lessOrEqual agrees with merge'],
    { ...tallyType, lessOrEqual: (a: Tally, b: Tally) => total(a) <= total(b) },
    counting,
  ),
  broken(
    'a clock tie: two writes at one time, and each replica keeps its own',
    ['merge is commutative', 'replicas that know the same agree'],
    jsonType<Stamped, string>({
      empty: [0, ''],
      merge: (a, b) => (b[0] > a[0] ? b : a),
      value: ([, value]) => value,
      lessOrEqual: ([a], [b]) => a <= b,
    }),
    stamping,
  ),
  broken(
    'a wrong clock: a write does not overtake a later one that it saw',
    ['the last write wins'],
    LWWRegister,
    {
      set: operation(letter, (_: LWWRegisterState, { writer, now }, value) =>
        LWWRegister.set(undefined, writer, value, now),
      ),
    },
    registerIntentions,
  ),
  broken(
    'a lost remove: its delta says nothing',
    ['adding wins'],
    ORSet,
    { ...setOperations, remove: operation(letter, () => ORSet.empty) },
    setIntentions,
  ),
  broken(
    'a resurrecting element: the state forgets what it has seen',
    [
      'adding wins',
      'lessOrEqual agrees with merge',
      'deltas in any order and number equal the state',
    ],
    jsonType<Letters, Letters>({
      empty: [],
      merge: (a, b) => {
        const gone = new Set([...a, ...b].filter((each) => each.startsWith('-')));
        return sortedUnion(a, b).filter((each) => !each.startsWith('-') && !gone.has(`-${each}`));
      },
      value: (state) => state.filter((each) => !each.startsWith('-')),
      lessOrEqual: (a, b) => a.every((each) => b.includes(each)),
    }),
    {
      add: operation(letter, (_: Letters, __, element) => [element]),
      remove: operation(letter, (_: Letters, __, element) => [`-${element}`]),
    },
    setIntentions,
  ),
  broken(
    'a remove that wins for ever',
    ['adding wins'],
    twoPhase,
    {
      add: operation(letter, (_: TwoPhase, __, each) => ({ added: [each], removed: [] })),
      remove: operation(letter, (state: TwoPhase, _, each) => ({
        added: [],
        removed: state.added.includes(each) ? [each] : [],
      })),
    },
    setIntentions,
  ),
  broken(
    'a delta that misses context: clearing covers one element of several',
    ['adding wins'],
    ORSet,
    {
      ...setOperations,
      clear: operation(fc.constant(undefined), (state: ORSetState) => {
        const [first] = ORSet.value(state);
        return first === undefined ? ORSet.empty : ORSet.remove(state, first);
      }),
    },
    setIntentions,
  ),
  broken(
    'a reused dot: the delta of an addition is made from the empty state',
    ['adding wins'],
    ORSet,
    {
      ...setOperations,
      add: operation(letter, (_: ORSetState, { writer }, each) =>
        ORSet.add(ORSet.empty, writer, each),
      ),
    },
    setIntentions,
  ),
  broken(
    'an encoding in order of arrival',
    ['merge is commutative', 'equal states have equal bytes, digests and values'],
    jsonType<Letters, Letters>({
      empty: [],
      merge: union,
      value: (state) => [...state].sort(),
      lessOrEqual: (a, b) => a.every((each) => b.includes(each)),
    }),
    { add: operation(letter, (_: Letters, __, element) => [element]) },
  ),
  broken(
    'an encoding that drops what it cannot write',
    ['decode is the inverse of encode', 'unequal states have unequal digests'],
    { ...tallyType, encode: () => new TextEncoder().encode('{}') },
    counting,
    { 'every step counts': everyStep },
  ),
  broken(
    'decoding trusts sizes',
    ['damaged bytes are refused with a typed error'],
    {
      ...tallyType,
      encode: (state: Tally) =>
        Uint8Array.of(Object.keys(state).length, ...tallyType.encode(state)),
      decode(bytes: Uint8Array) {
        new Array(bytes[0] === undefined ? -1 : bytes[0] > 3 ? -1 : bytes[0]).fill(0);
        return tallyType.decode(bytes.subarray(1));
      },
    },
    counting,
  ),
  broken(
    'decoding accepts what nobody writes',
    ['damaged bytes are refused with a typed error'],
    {
      ...tallyType,
      decode(bytes: Uint8Array) {
        try {
          return tallyType.decode(bytes);
        } catch {
          return tallyType.empty;
        }
      },
    },
    counting,
  ),
  broken(
    'a digest of the value instead of the state',
    ['unequal states have unequal digests'],
    { ...tallyType, digest: (state: Tally) => Uint8Array.of(total(state)) },
    counting,
  ),
  broken(
    'a counter that counts others twice',
    ['every step counts'],
    tallyType,
    {
      increment: operation(fc.constant(1), (state: Tally, { writer }, by) => ({
        [writer]: total(state) + by,
      })),
    },
    { 'every step counts': everyStep },
  ),
  broken(
    'parts that leave something out',
    ['equal parts make equal states'],
    {
      ...ORSet,
      parts: (state: ORSetState) => [...ORSet.parts(state)].filter(([id]) => id.startsWith('s')),
    },
    setOperations,
  ),
];
