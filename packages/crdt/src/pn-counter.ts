import { countAfter } from './count-step.ts';
import type { Crdt, Divisible } from './crdt.ts';
import { sha256 } from './sha256.ts';
import { StateReader } from './state-reader.ts';
import { StateTag } from './state-tag.ts';
import { StateWriter } from './state-writer.ts';
import { tallyParts } from './tally-parts.ts';
import {
  countOf,
  emptyTally,
  joinTallies,
  readTally,
  type Tally,
  tallyLessOrEqual,
  tallyOf,
  tallySum,
  writeTally,
} from './tally.ts';
import { checkWriter } from './writer-id.ts';

/** What each writer has added, and what it has taken away. */
export interface PNCounterState {
  readonly up: Tally;
  readonly down: Tally;
}

/** A counter that goes both ways. Exact while the sums of all additions and of all subtractions stay below 2^53. */
export interface PNCounterType extends Crdt<PNCounterState, number>, Divisible<PNCounterState> {
  /** Delta that adds `amount` (default 1) in the name of `writer`. Throws InvalidArgumentError. */
  increment(state: PNCounterState, writer: string, amount?: number): PNCounterState;
  /** Delta that takes `amount` (default 1) away in the name of `writer`. Throws InvalidArgumentError. */
  decrement(state: PNCounterState, writer: string, amount?: number): PNCounterState;
}

const encode = (state: PNCounterState): Uint8Array => {
  const writer = new StateWriter().byte(StateTag.pnCounter);
  writeTally(writer, state.up);
  writeTally(writer, state.down);
  return writer.finish();
};

/** The delta of one step in `tally`. */
function step(tally: Tally, writer: string, amount: number): Tally {
  checkWriter(writer);
  const count = countAfter(countOf(tally, writer), amount);
  return count === 0 ? emptyTally : tallyOf(writer, count);
}

export const PNCounter: PNCounterType = {
  name: 'macula.pn-counter',
  empty: { up: emptyTally, down: emptyTally },
  value: (state) => tallySum(state.up) - tallySum(state.down),
  lessOrEqual: (a, b) => tallyLessOrEqual(a.up, b.up) && tallyLessOrEqual(a.down, b.down),
  encode,
  digest: (state) => sha256(encode(state)),
  ...tallyParts<PNCounterState>(
    (state) => [state.up, state.down],
    ([up, down]) => ({ up: up as Tally, down: down as Tally }),
  ),

  merge(a, b) {
    const up = b.up === emptyTally ? a.up : joinTallies(a.up, b.up);
    const down = b.down === emptyTally ? a.down : joinTallies(a.down, b.down);
    return up === a.up && down === a.down ? a : { up, down };
  },

  decode(bytes) {
    const reader = new StateReader(bytes);
    if (reader.byte() !== StateTag.pnCounter) reader.fail('it is of another type');
    const up = readTally(reader);
    const down = readTally(reader);
    reader.end();
    return { up, down };
  },

  increment: (state, writer, amount = 1) => ({
    up: step(state.up, writer, amount),
    down: emptyTally,
  }),

  decrement: (state, writer, amount = 1) => ({
    up: emptyTally,
    down: step(state.down, writer, amount),
  }),
};
