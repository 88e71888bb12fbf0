import { setup } from 'xstate';
import { chartOf } from '../chart.ts';

export type LinkEvent =
  | { type: 'greeted' }
  | { type: 'refused' }
  | { type: 'close' }
  | { type: 'drained' }
  | { type: 'peerSaidGoodbye' }
  | { type: 'expired' }
  | { type: 'broken' };

/**
 * The life of a link. `greeting`: connected, who and which realm is being settled; on a dial with a
 * session ticket idempotent frames leave already. `open`: frames flow. `closing`: this side has said
 * goodbye and waits, for a second at most, until the peer has taken everything. `closed` is final.
 */
export const linkMachine = setup({ types: { events: {} as LinkEvent } }).createMachine({
  id: 'link',
  initial: 'greeting',
  states: {
    greeting: {
      on: {
        greeted: 'open',
        refused: 'closed',
        close: 'closed',
        expired: 'closed',
        broken: 'closed',
      },
    },
    open: {
      on: { close: 'closing', refused: 'closed', peerSaidGoodbye: 'closed', broken: 'closed' },
    },
    closing: {
      on: {
        drained: 'closed',
        peerSaidGoodbye: 'closed',
        expired: 'closed',
        refused: 'closed',
        broken: 'closed',
      },
    },
    closed: { type: 'final' },
  },
});

/** `linkMachine`, as each link lives by it. */
export const linkChart = chartOf(linkMachine);
