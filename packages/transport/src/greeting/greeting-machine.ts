import { setup } from 'xstate';
import { chartOf } from '../chart.ts';

export type GreetingEvent =
  /** A Hello of the same realm, with a common version; a proof must follow. */
  | { type: 'helloFits' }
  /** The same, in a realm that asks for no proof. */
  | { type: 'helloSuffices' }
  /** The proof shows that the peer is a member. */
  | { type: 'proofHolds' }
  | { type: 'refused' };

/**
 * The greeting as one side sees it, in what it waits for. The dialler speaks first each time:
 *
 *     dialler                         acceptor
 *     Hello ────────────────────────▶
 *           ◀──────────────────────── Hello     open realm: the link is open
 *     Proof ────────────────────────▶
 *           ◀──────────────────────── Proof     others: the link is open
 *
 * So who listens shows neither its realm nor anything made with its secret to somebody who has not
 * shown the same first. Anything out of order, and any second try, ends in `refused`.
 */
export const greetingMachine = setup({ types: { events: {} as GreetingEvent } }).createMachine({
  id: 'greeting',
  initial: 'awaitingHello',
  states: {
    awaitingHello: {
      on: { helloFits: 'awaitingProof', helloSuffices: 'complete', refused: 'refused' },
    },
    awaitingProof: { on: { proofHolds: 'complete', refused: 'refused' } },
    complete: { type: 'final' },
    refused: { type: 'final' },
  },
});

/** `greetingMachine`, as one side of a greeting lives by it. */
export const greetingChart = chartOf(greetingMachine);
