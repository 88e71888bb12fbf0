import { InvalidArgumentError } from '@macula/core';
import type { AnyStateMachine, AnyStateNode, EventFromLogic, SnapshotFrom } from 'xstate';

type StateOf<Machine extends AnyStateMachine> = SnapshotFrom<Machine>['value'] & string;
type EventOf<Machine extends AnyStateMachine> = EventFromLogic<Machine>['type'];

/**
 * A state machine of plain states as a table. What lives by it keeps the name of its state, and a step is two look-ups:
 * xstate's interpreter builds an actor and two systems to answer for one step, and a link takes fourteen to open.
 */
export class Chart<State extends string, Event extends string> {
  readonly initial: State;
  private readonly steps: ReadonlyMap<State, ReadonlyMap<Event, State>>;

  constructor(initial: State, steps: ReadonlyMap<State, ReadonlyMap<Event, State>>) {
    this.initial = initial;
    this.steps = steps;
  }

  /** The state that `event` leads to; the same one where the chart says nothing of it. */
  next(state: State, event: Event): State {
    return this.steps.get(state)?.get(event) ?? state;
  }
}

/**
 * Reads the table off a machine. Throws InvalidArgumentError for one that does more than change its state: nested states,
 * guards, actions and timers need an interpreter.
 */
export function chartOf<Machine extends AnyStateMachine>(
  machine: Machine,
): Chart<StateOf<Machine>, EventOf<Machine>> {
  type State = StateOf<Machine>;
  type Event = EventOf<Machine>;
  const steps = new Map<State, ReadonlyMap<Event, State>>();
  for (const state of Object.values<AnyStateNode>(machine.states)) {
    if (!isPlain(state)) throw tooMuch(machine, state.key);
    const ways = new Map<Event, State>();
    // What is said of all states counts where the state itself says nothing; in a final one nothing does.
    for (const { on } of state.type === 'final' ? [] : [machine.root, state]) {
      for (const [event, transitions] of Object.entries(on)) {
        const [way, ...others] = transitions;
        const target = way?.target?.[0];
        const plain = way?.guard === undefined && way?.actions.length === 0;
        if (target === undefined || !plain || others.length > 0) throw tooMuch(machine, event);
        ways.set(event as Event, target.key as State);
      }
    }
    steps.set(state.key as State, ways);
  }
  return new Chart(machine.root.initial.target[0]?.key as State, steps);
}

function isPlain({ type, entry, exit, invoke, always, after }: AnyStateNode): boolean {
  const extras = [entry, exit, invoke, always ?? [], after];
  return (type === 'atomic' || type === 'final') && extras.every(({ length }) => length === 0);
}

function tooMuch(machine: AnyStateMachine, where: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `the machine ${machine.id} is no plain chart: ${where} does more than lead to another state`,
  );
}
