import type { Brought, Meeting, Taken } from '../src/shards/meeting.ts';

interface Guest {
  readonly index: number;
  readonly brought: Brought;
  readonly leave: (taken: Taken) => void;
}

/** Meetings of shards that share a thread: what two threads do, step by step. */
export function meetingsInTurns(count: number): Meeting[] {
  let guests: Guest[] = [];
  const part = (): void => {
    const all = guests;
    guests = [];
    const nextMs = Math.min(...all.map(({ brought }) => brought.nextMs));
    for (const { index, leave } of all) {
      const parcels: (Uint8Array | undefined)[] = [];
      for (const other of all) parcels[other.index] = other.brought.parcels[index];
      leave({ parcels, nextMs });
    }
  };
  return Array.from({ length: count }, (_, index) => ({
    index,
    count,
    meet: (brought) =>
      new Promise<Taken>((leave) => {
        guests.push({ index, brought, leave });
        if (guests.length === count) part();
      }),
  }));
}
