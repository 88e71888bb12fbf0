import { initialTransition, setup, transition } from 'xstate';

/** What moves a session on: messages of the client, and decisions of the router. */
export type SessionStep =
  'hello' | 'authenticate' | 'challenge' | 'welcome' | 'goodbye' | 'farewell' | 'end';

/**
 * The life of a session at the router (WAMP, "Sessions"). Every state can end at once: by ABORT of either side, or with
 * the transport.
 */
export const sessionMachine = setup({
  types: { events: {} as { readonly type: SessionStep } },
}).createMachine({
  id: 'session',
  initial: 'greeting',
  on: { end: '.closed' },
  states: {
    /** The client has to send HELLO. */
    greeting: { on: { hello: 'admitting' } },
    /** The router thinks about HELLO. */
    admitting: { on: { challenge: 'challenged', welcome: 'established' } },
    /** The client has to answer CHALLENGE. */
    challenged: { on: { authenticate: 'verifying' } },
    /** The router thinks about AUTHENTICATE. */
    verifying: { on: { welcome: 'established' } },
    established: { on: { goodbye: 'closed', farewell: 'closing' } },
    /** The router has said GOODBYE and waits for the client's. */
    closing: { on: { goodbye: 'closed' } },
    closed: { type: 'final' },
  },
});

export type SessionState =
  'greeting' | 'admitting' | 'challenged' | 'verifying' | 'established' | 'closing' | 'closed';

/** Where one session stands in `sessionMachine`. */
export class SessionLife {
  #snapshot = initialTransition(sessionMachine)[0];
  state: SessionState = 'greeting';

  /** Takes a step; false where the state does not allow it. */
  step(type: SessionStep): boolean {
    if (this.state === 'closed') return false;
    const [next] = transition(sessionMachine, this.#snapshot, { type });
    const state = next.value as SessionState;
    if (state === this.state) return false;
    this.#snapshot = next;
    this.state = state;
    return true;
  }
}
