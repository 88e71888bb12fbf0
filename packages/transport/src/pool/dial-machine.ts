import { setup } from 'xstate';
import { chartOf } from '../chart.ts';

export type DialEvent =
  /** The wait after earlier failures is over. */
  | { type: 'due' }
  /** There is a place among the dials that run. */
  | { type: 'admitted' }
  /** Names have become IP addresses. */
  | { type: 'resolved' }
  /** A handshake with the right node is complete. */
  | { type: 'connected' }
  /** Both sides have taken the link. */
  | { type: 'greeted' }
  /** The peer keeps another link with this node. */
  | { type: 'refusedAsDuplicate' }
  /** The other link did not come: once more. */
  | { type: 'twinMissing' }
  /** A link with the peer opened on another way. */
  | { type: 'adopted' }
  | { type: 'failed' };

/**
 * The life of one dial, which all who want a link to the same target share.
 *
 * `backingOff`: earlier dials failed and the next one waits. `queued`: too many dials run. `resolving`:
 * names. `connecting`: the race of addresses and protocols. `greeting`: one connection was won, who
 * and which realm is being settled. `awaitingTwin`: the peer dialled at the same time and prefers its
 * own link, which must arrive soon. In every state the link may open from the other side (`adopted`),
 * or the dial may fail: by an error, because nobody waits any more, or because the pool stops.
 */
export const dialMachine = setup({ types: { events: {} as DialEvent } }).createMachine({
  id: 'dial',
  initial: 'backingOff',
  on: { adopted: '.open', failed: '.failed' },
  states: {
    backingOff: { on: { due: 'queued' } },
    queued: { on: { admitted: 'resolving' } },
    resolving: { on: { resolved: 'connecting' } },
    connecting: { on: { connected: 'greeting' } },
    greeting: { on: { greeted: 'open', refusedAsDuplicate: 'awaitingTwin' } },
    awaitingTwin: { on: { twinMissing: 'resolving' } },
    open: { type: 'final' },
    failed: { type: 'final' },
  },
});

/** `dialMachine`, as each dial lives by it. */
export const dialChart = chartOf(dialMachine);
