/** What every shard brings to a meeting. */
export interface Brought {
  /** What is for each shard, by number; memory that it gives away. */
  readonly parcels: readonly (Uint8Array | undefined)[];
  /** When something happens next at the one who brings it, as far as it knows. */
  readonly nextMs: number;
}

/** What every shard takes from it. */
export interface Taken {
  /** What the others brought for this one, by their numbers. */
  readonly parcels: readonly (Uint8Array | undefined)[];
  /** When something happens next anywhere. */
  readonly nextMs: number;
}

/** Where shards meet: nobody leaves before all are there. */
export interface Meeting {
  /** This shard's number, from 0, and how many there are. */
  readonly index: number;
  readonly count: number;
  meet(brought: Brought): Taken | Promise<Taken>;
}

/** A meeting of one. */
export const alone: Meeting = {
  index: 0,
  count: 1,
  meet: ({ nextMs }) => ({ parcels: [], nextMs }),
};
