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

/** What each writer has counted. */
export type GCounterState = Tally;

/** A counter that only grows. Its value is exact up to 2^53 - 1. */
export interface GCounterType extends Crdt<GCounterState, number>, Divisible<GCounterState> {
  /** Delta that adds `amount` (default 1) in the name of `writer`. Throws InvalidArgumentError. */
  increment(state: GCounterState, writer: string, amount?: number): GCounterState;
}

const encode = (state: GCounterState): Uint8Array => {
  const writer = new StateWriter().byte(StateTag.gCounter);
  writeTally(writer, state);
  return writer.finish();
};

export const GCounter: GCounterType = {
  name: 'macula.g-counter',
  empty: emptyTally,
  merge: joinTallies,
  value: tallySum,
  lessOrEqual: tallyLessOrEqual,
  encode,
  digest: (state) => sha256(encode(state)),
  ...tallyParts<GCounterState>(
    (state) => [state],
    ([tally]) => tally as Tally,
  ),

  decode(bytes) {
    const reader = new StateReader(bytes);
    if (reader.byte() !== StateTag.gCounter) reader.fail('it is of another type');
    const state = readTally(reader);
    reader.end();
    return state;
  },

  increment(state, writer, amount = 1) {
    checkWriter(writer);
    const count = countAfter(countOf(state, writer), amount);
    return count === 0 ? emptyTally : tallyOf(writer, count);
  },
};
