import { type ActorRefFrom, createActor, setup } from 'xstate';
import type { Clock, MembershipChange, Timer } from '@macula/core';

/** How long a member may stay where it is not wanted, in milliseconds. */
export interface LifecyclePatience {
  /** From the loss of the last link until the member counts as failed. */
  readonly suspicionMs: number;
  /** Until a candidate that nobody mentions, a failed or a left member is forgotten. */
  readonly forgetMs: number;
}

/**
 * What this node thinks of one other node. First-hand knowledge only moves it: `met` is the node's own
 * word over its link, `lost` the end of its last link, `left` its goodbye. `told` is hearsay, which
 * makes candidates and nothing else.
 */
export const memberLifecycle = setup({
  types: {
    input: {} as LifecyclePatience,
    context: {} as LifecyclePatience,
    events: {} as { type: 'told' } | { type: 'met' } | { type: 'lost' } | { type: 'left' },
  },
  delays: {
    suspicion: ({ context }) => context.suspicionMs,
    forgetting: ({ context }) => context.forgetMs,
  },
}).createMachine({
  id: 'member',
  context: ({ input }) => input,
  initial: 'candidate',
  states: {
    /** Heard of; being dialled; no member yet. */
    candidate: {
      on: { met: 'alive', told: { target: 'candidate', reenter: true } },
      after: { forgetting: 'forgotten' },
    },
    alive: { on: { lost: 'suspect', left: 'left' } },
    /** Without a link; being dialled hard. */
    suspect: {
      on: { met: 'alive', left: 'left' },
      after: { suspicion: 'failed' },
    },
    /** Given up, but still dialled now and then, so that a partition heals. */
    failed: {
      on: { met: 'alive', left: 'left' },
      after: { forgetting: 'forgotten' },
    },
    /** Remembered so that stale hearsay does not make us dial it. `told` here is word of a later life. */
    left: {
      on: { met: 'alive', told: 'candidate' },
      after: { forgetting: 'forgotten' },
    },
    forgotten: { type: 'final' },
  },
});

export type LifecycleState = 'candidate' | 'alive' | 'suspect' | 'failed' | 'left' | 'forgotten';
export type LifecycleEvent = 'told' | 'met' | 'lost' | 'left';

/** A running chart of one member. */
export interface Lifecycle {
  readonly state: LifecycleState;
  send(event: LifecycleEvent): void;
  stop(): void;
}

/** Starts a chart in `candidate`; `onMove` hears of every change of state. */
export function startLifecycle(
  clock: Clock,
  patience: LifecyclePatience,
  onMove: (from: LifecycleState, to: LifecycleState) => void,
): Lifecycle {
  const actor: ActorRefFrom<typeof memberLifecycle> = createActor(memberLifecycle, {
    input: patience,
    clock: {
      setTimeout: (callback: () => void, delayMs: number) =>
        clock.setTimer(callback, delayMs, { background: true }),
      clearTimeout: (timer: Timer | undefined) => timer?.cancel(),
    },
  });
  let state: LifecycleState = 'candidate';
  actor.subscribe((snapshot) => {
    const from = state;
    state = snapshot.value;
    if (from !== state) onMove(from, state);
  });
  actor.start();
  return {
    get state() {
      return state;
    },
    send: (type) => actor.send({ type }),
    stop: () => actor.stop(),
  };
}

const changes: Readonly<Record<string, MembershipChange['type']>> = {
  'candidate>alive': 'joined',
  'failed>alive': 'joined',
  'left>alive': 'joined',
  'suspect>alive': 'recovered',
  'alive>suspect': 'suspected',
  'suspect>failed': 'failed',
  'alive>left': 'left',
  'suspect>left': 'left',
};

/** The event that a change of state means to the users of Membership, if any. */
export function changeOf(
  from: LifecycleState,
  to: LifecycleState,
): MembershipChange['type'] | undefined {
  return changes[`${from}>${to}`];
}
