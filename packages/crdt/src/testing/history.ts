import * as fc from 'fast-check';
import type { Crdt } from '../crdt.ts';
import { type Timestamp, timestampAfter } from '../hybrid-clock.ts';
import type { HistoryEvent } from './history-event.ts';
import type { Operations } from './operation.ts';
import { readable } from './readable.ts';
import { type Step, stepArbitrary } from './step.ts';

export interface HistoryOptions {
  /** Number of replicas, at most 4. Default 3. */
  readonly replicas?: number;
  /** Most steps of one history. Default 16; longer ones find rarer defects and shrink more slowly. */
  readonly maxSteps?: number;
}

/** A random history before it is run. */
export interface History {
  readonly replicas: number;
  readonly steps: readonly Step[];
}

/** Random histories over replicas that edit, exchange deltas and states, lose their network, crash, and have wrong clocks. */
export function historyArbitrary<State>(
  operations: Operations<State>,
  options: HistoryOptions = {},
): fc.Arbitrary<History> {
  const replicas = options.replicas ?? 3;
  return fc
    .array(stepArbitrary(operations), { maxLength: options.maxSteps ?? 16, size: 'max' })
    .map((steps) => ({ replicas, steps }));
}

/** A state or delta that a history came by. */
export interface Specimen<State> {
  readonly name: string;
  readonly state: State;
}

/** What came of a history. */
export interface Outcome<State> {
  /** Final state of each replica, and the events it knows. */
  readonly replicas: readonly {
    readonly name: string;
    readonly state: State;
    readonly events: readonly HistoryEvent[];
  }[];
  readonly events: readonly HistoryEvent[];
  /** The delta of each event. */
  readonly deltas: readonly State[];
  /** Every state and delta there ever was, with `empty` first. */
  readonly specimens: readonly Specimen<State>[];
  /** What happened, a line each, for people. Steps that had no effect are left out. */
  readonly story: readonly string[];
}

export interface RunOptions {
  /** Whether a delta brings along all that its writer knew. Default false: deltas arrive in any order. */
  readonly causal?: boolean;
}

interface Replica<State> {
  readonly name: string;
  state: State;
  known: ReadonlySet<HistoryEvent>;
  saved: { readonly bytes: Uint8Array; readonly known: ReadonlySet<HistoryEvent> };
  skewMs: number;
  clock: Timestamp;
}

const epochMs = 1_700_000_000_000;

/**
 * Runs a history. Edits are saved before anybody hears of them, as a replica with a store does;
 * what a replica received since it last saved is lost when it crashes.
 */
export function runHistory<State, Value>(
  type: Crdt<State, Value>,
  operations: Operations<State>,
  history: History,
  options: RunOptions = {},
): Outcome<State> {
  const events: HistoryEvent[] = [];
  const deltas: State[] = [];
  const story: string[] = [];
  const specimens: Specimen<State>[] = [{ name: 'the empty state', state: type.empty }];
  let wallMs = epochMs;
  let sides = 0;

  const replicas = Array.from({ length: history.replicas }, (_, i): Replica<State> => {
    const known: ReadonlySet<HistoryEvent> = new Set();
    const saved = { bytes: type.encode(type.empty), known };
    const name = String.fromCharCode(65 + i);
    const clock = { wallMs: 0, counter: 0 };
    return { name, state: type.empty, known, saved, skewMs: 0, clock };
  });
  const at = (place: number): Replica<State> => replicas[place % replicas.length] as Replica<State>;
  const apart = (a: Replica<State>, b: Replica<State>): boolean =>
    ((sides >> replicas.indexOf(a)) & 1) !== ((sides >> replicas.indexOf(b)) & 1);
  const save = (replica: Replica<State>): void => {
    replica.saved = { bytes: type.encode(replica.state), known: replica.known };
  };
  const become = (replica: Replica<State>, state: State, known: Iterable<HistoryEvent>): void => {
    replica.state = state;
    replica.known = new Set(known);
    specimens.push({ name: `${replica.name}'s state after step ${story.length}`, state });
  };
  const pastOf = (event: HistoryEvent): HistoryEvent[] =>
    options.causal === true ? [...events.filter((other) => event.saw(other)), event] : [event];

  const edit = (replica: Replica<State>, name: string, args: unknown): void => {
    const clock = timestampAfter(replica.clock, Math.max(0, wallMs + replica.skewMs));
    replica.clock = clock;
    const context = { writer: replica.name, now: clock };
    const apply = (operations[name] as Operations<State>[string]).apply;
    const delta = apply(replica.state, context, args as never);
    const { known } = replica;
    const event: HistoryEvent = {
      index: events.length,
      operation: name,
      args,
      writer: replica.name,
      at: clock,
      saw: (other) => known.has(other),
    };
    events.push(event);
    deltas.push(delta);
    story.push(`${replica.name} does ${title(event)}`);
    specimens.push({ name: `the delta of step ${story.length}`, state: delta });
    become(replica, type.merge(replica.state, delta), [...known, event]);
    save(replica);
  };

  for (const step of history.steps) {
    switch (step.do) {
      case 'edit':
        edit(at(step.replica), step.name, step.args);
        break;
      case 'receive': {
        const replica = at(step.replica);
        const event = events[step.message % Math.max(1, events.length)];
        if (event === undefined || apart(replica, writerOf(event))) break;
        story.push(`${replica.name} receives the delta of ${event.writer}'s ${title(event)}`);
        const past = pastOf(event);
        const state = past.reduce(
          (merged, { index }) => type.merge(merged, deltas[index] as State),
          replica.state,
        );
        become(replica, state, [...replica.known, ...past]);
        break;
      }
      case 'sync': {
        const [from, to] = [at(step.from), at(step.to)];
        if (from === to || apart(from, to)) break;
        story.push(`${to.name} merges the state of ${from.name}`);
        become(to, type.merge(to.state, from.state), [...to.known, ...from.known]);
        break;
      }
      case 'partition':
        sides = step.sides;
        break;
      case 'heal':
        sides = 0;
        break;
      case 'save':
        save(at(step.replica));
        break;
      case 'crash': {
        const replica = at(step.replica);
        story.push(`${replica.name} crashes and comes back with what it had saved`);
        become(replica, type.decode(replica.saved.bytes), replica.saved.known);
        replica.clock = { wallMs: 0, counter: 0 };
        break;
      }
      case 'skew':
        at(step.replica).skewMs = step.ms;
        break;
      case 'wait':
        wallMs += step.ms;
        break;
    }
  }

  function writerOf(event: HistoryEvent): Replica<State> {
    return replicas.find(({ name }) => name === event.writer) as Replica<State>;
  }

  return {
    replicas: replicas.map(({ name, state, known }) => ({ name, state, events: [...known] })),
    events,
    deltas,
    specimens,
    story,
  };
}

/** An event as a call: `add("a")`. */
function title(event: HistoryEvent): string {
  return `${event.operation}(${event.args === undefined ? '' : readable(event.args)})`;
}
