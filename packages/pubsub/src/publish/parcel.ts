import type { Publication } from './publication.ts';
import type { Debtors, Obligation } from './receipt.ts';
import type { Target } from './target.ts';

/** Bytes that a kept publication costs besides its payload, roughly. */
const overhead = 128;

/** What a publication that is kept counts for in bounds, in bytes. */
export function keptSize({ payload, details }: Publication): number {
  return payload.length + details.length + overhead;
}

/** One publication on its way to one subscriber. */
export class Parcel implements Obligation {
  readonly target: Target;
  readonly publication: Publication;
  /** How many sequences just before the publication's were not meant for the subscriber. */
  readonly skipped: number;
  /** What the parcel counts for in bounds, in bytes. */
  readonly size: number;
  /** It waits in the subscriber's outbox. */
  queued = false;
  /** Nothing is to be done with it any more; queues skip it. */
  done = false;

  constructor(target: Target, publication: Publication, skipped: number) {
    this.target = target;
    this.publication = publication;
    this.skipped = skipped;
    this.size = keptSize(publication);
  }

  get debtors(): Debtors {
    return { named: [this.target.subscriber.id], unnamed: 0 };
  }

  withdraw(): void {
    this.target.subscriber.withdraw(this);
  }

  /** Everything up to this sequence is before the parcel, for its subscriber. */
  get base(): number {
    return this.publication.sequence - 1 - this.skipped;
  }
}
