import { compareTimestamps, type Timestamp, timestampAfter } from '../hybrid-clock.ts';
import type { HistoryEvent } from './history-event.ts';
import type { Intention } from './crdt-laws.ts';
import { comparable } from './readable.ts';

/** Those events that no event of the other kind saw. */
function unseen(
  events: readonly HistoryEvent[],
  kept: (event: HistoryEvent) => boolean,
  by: (later: HistoryEvent, earlier: HistoryEvent) => boolean,
): HistoryEvent[] {
  return events.filter(
    (event) => kept(event) && !events.some((later) => later.saw(event) && by(later, event)),
  );
}

function sameArgs(a: HistoryEvent, b: HistoryEvent): boolean {
  return comparable(a.args) === comparable(b.args);
}

/** An element is in the set when some `add` of it was seen by no `remove` of it and by no `clear`. */
export const addingWins: Intention<readonly unknown[]> = (value, events) => {
  const added = unseen(
    events,
    ({ operation }) => operation === 'add',
    (later, earlier) =>
      later.operation === 'clear' || (later.operation === 'remove' && sameArgs(later, earlier)),
  );
  const expected = new Set(added.map(({ args }) => comparable(args)));
  return value.length === expected.size && value.every((each) => expected.has(comparable(each)));
};

/** The flag is on when some `enable` was seen by no `disable`. */
export const enablingWins: Intention<boolean> = (value, events) =>
  value ===
  unseen(
    events,
    ({ operation }) => operation === 'enable',
    ({ operation }) => operation === 'disable',
  ).length >
    0;

/** The register holds what every `set` wrote that no later `set` or `clear` saw. */
export const keepsConcurrentValues: Intention<readonly unknown[]> = (value, events) => {
  const written = unseen(
    events,
    ({ operation }) => operation === 'set',
    () => true,
  );
  const expected = new Set(written.map(({ args }) => comparable(args)));
  return value.length === expected.size && value.every((each) => expected.has(comparable(each)));
};

/**
 * The register holds what the latest `set` wrote: by its clock, or right after the latest write that it
 * saw, whichever is later; and by its writer's ID among those of one time.
 */
export const lastWriteWins: Intention<unknown> = (value, events) => {
  let latest: HistoryEvent | undefined;
  const times = new Map<HistoryEvent, Timestamp>();
  const timeOf = (event: HistoryEvent): Timestamp => times.get(event) ?? event.at;
  const ordered = events.toSorted((a, b) => a.index - b.index);
  for (const event of ordered) {
    let at = event.at;
    for (const earlier of ordered) {
      if (!event.saw(earlier) || compareTimestamps(timeOf(earlier), at) < 0) continue;
      at = timestampAfter(timeOf(earlier), event.at.wallMs);
    }
    times.set(event, at);
    const order = latest === undefined ? 1 : compareTimestamps(at, timeOf(latest));
    if (order > 0 || (order === 0 && event.writer > (latest?.writer ?? ''))) latest = event;
  }
  return comparable(value) === comparable(latest?.args);
};

/** The counter shows the sum of all amounts, those of `decrement` negative. */
export const countsEverything: Intention<number> = (value, events) =>
  value ===
  events.reduce(
    (sum, { operation, args }) => sum + (operation === 'decrement' ? -1 : 1) * Number(args),
    0,
  );
