import type { Divisible } from './crdt.ts';
import { MalformedStateError } from './errors.ts';
import { StateReader } from './state-reader.ts';
import { StateWriter } from './state-writer.ts';
import { countOf, joinTallies, type Tally, tallyOf, tallyOfAll } from './tally.ts';
import { isWriterId } from './writer-id.ts';

/**
 * Counters compared writer by writer. `tallies` takes a state apart into its tallies, always the
 * same number of them, and `build` puts one together again.
 */
export function tallyParts<State>(
  tallies: (state: State) => readonly Tally[],
  build: (tallies: readonly Tally[]) => State,
): Divisible<State> {
  const countsOf = (state: State, writer: string): number[] =>
    tallies(state).map((tally) => countOf(tally, writer));
  const emptyOf = (state: State): Tally[] =>
    tallies(state).map(() => ({ writers: [], counts: [] }));

  return {
    *parts(state) {
      const writers = new Set(tallies(state).flatMap((tally) => tally.writers));
      for (const writer of writers) {
        const content = new StateWriter();
        for (const count of countsOf(state, writer)) content.varint(count);
        yield [writer, content.finish()];
      }
    },

    describe(state, ids) {
      const description = new StateWriter();
      for (const id of ids) {
        if (!isWriterId(id)) {
          throw new MalformedStateError(`no counter has a part ${JSON.stringify(id.slice(0, 80))}`);
        }
        description.text(id);
        for (const count of countsOf(state, id)) description.varint(count);
      }
      return description.finish();
    },

    answer(state, description) {
      const reader = new StateReader(description);
      const lacking = emptyOf(state).map(() => new Map<string, number>());
      while (reader.remaining > 0) {
        const writer = reader.writer();
        countsOf(state, writer).forEach((own, i) => {
          if (own > reader.varint()) lacking[i]?.set(writer, own);
        });
      }
      return build(lacking.map(tallyOfAll));
    },

    *split(state, maxBytes) {
      const writersEach = Math.max(1, Math.floor(maxBytes / 48));
      const writers = [...new Set(tallies(state).flatMap((tally) => tally.writers))];
      for (let i = 0; i < writers.length; i += writersEach) {
        const part = emptyOf(state);
        for (const writer of writers.slice(i, i + writersEach)) {
          countsOf(state, writer).forEach((count, t) => {
            if (count > 0) part[t] = joinTallies(part[t] as Tally, tallyOf(writer, count));
          });
        }
        yield build(part);
      }
    },
  };
}
