import type { NodeId } from '@macula/core';
import type { Publication } from './publication.ts';
import type { Obligation } from './receipt.ts';
import type { Target } from './target.ts';

/** Bytes that a kept publication costs besides its payload, roughly. */
const overhead = 128;

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
    this.size = publication.payload.length + publication.details.length + overhead;
  }

  get debtors(): readonly NodeId[] {
    return [this.target.subscriber.id];
  }

  withdraw(): void {
    this.target.subscriber.withdraw(this);
  }

  /** Everything up to this sequence is before the parcel, for its subscriber. */
  get base(): number {
    return this.publication.sequence - 1 - this.skipped;
  }
}
