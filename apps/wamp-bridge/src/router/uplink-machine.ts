import { initialTransition, setup, transition } from 'xstate';

/** What moves the uplink on. */
export type UplinkStep = 'welcomed' | 'replayed' | 'refused' | 'mended' | 'lost' | 'retry' | 'stop';

/**
 * The life of the connection to the router. While it is anything but connected or degraded, events for the router wait in
 * the buffer.
 */
export const uplinkMachine = setup({
  types: { events: {} as { readonly type: UplinkStep } },
}).createMachine({
  id: 'uplink',
  initial: 'connecting',
  on: { stop: '.stopped' },
  states: {
    /** Waits for WELCOME. */
    connecting: { on: { welcomed: 'replaying', lost: 'buffering' } },
    /** Has a session, and subscribes and registers again what it had. */
    replaying: { on: { replayed: 'connected', lost: 'buffering' } },
    /** All that is wanted of the router is in place. */
    connected: { on: { refused: 'degraded', lost: 'buffering' } },
    /** Works, but the router has refused some subscription or registration. */
    degraded: { on: { mended: 'connected', lost: 'buffering' } },
    /** The router is away; the next attempt comes after a while. */
    buffering: { on: { retry: 'connecting' } },
    stopped: { type: 'final' },
  },
});

export type UplinkState =
  'connecting' | 'replaying' | 'connected' | 'degraded' | 'buffering' | 'stopped';

/** Where one uplink stands in `uplinkMachine`. */
export class UplinkLife {
  #snapshot = initialTransition(uplinkMachine)[0];
  state: UplinkState = 'connecting';

  /** Takes a step; false where the state does not allow it. */
  step(type: UplinkStep): boolean {
    if (this.state === 'stopped') return false;
    const [next] = transition(uplinkMachine, this.#snapshot, { type });
    const state = next.value as UplinkState;
    if (state === this.state) return false;
    this.#snapshot = next;
    this.state = state;
    return true;
  }
}
