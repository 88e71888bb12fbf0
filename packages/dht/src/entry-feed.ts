import type { Clock, Counter, Link, Unsubscribe } from '@macula/core';
import type { Position } from './directory-frames.ts';
import type { OwnEntries } from './own-entries.ts';
import type { PageMaker } from './page-maker.ts';

/** A digest that arrives so soon after a frame was sent does not know that frame yet. */
const settleMs = 5_000;

export interface EntryFeedDeps {
  readonly link: Link;
  readonly own: OwnEntries;
  readonly pages: PageMaker;
  readonly clock: Clock;
  readonly framesSent: Counter;
  readonly recordsSent: Counter;
}

/** Keeps one peer up to date with this node's own entries, as fast as its link takes them. */
export class EntryFeed {
  readonly #deps: EntryFeedDeps;
  /** The peer has, or will have, everything up to here; undefined until it has said what it holds. */
  #sent: number | undefined;
  #epoch = 0;
  #listing = false;
  /** `floor` when the listing began: withdrawals dropped since then may be of entries that it has shown. */
  #listingFloor = 0;
  #lastSentAt = -Infinity;
  #awaitsRoom: Unsubscribe | undefined;

  constructor(deps: EntryFeedDeps) {
    this.#deps = deps;
  }

  /** The peer has said, by digest, what it holds. */
  digested(held: Position): void {
    const { clock, own } = this.#deps;
    const settled = this.#awaitsRoom === undefined && clock.now() - this.#lastSentAt > settleMs;
    const asExpected =
      held.epoch === own.epoch && this.#epoch === own.epoch && held.version === this.#sent;
    if (this.#sent === undefined || (settled && !asExpected)) this.follow(held);
  }

  /** Goes on from what the peer holds. */
  follow(held: Position): void {
    const { own } = this.#deps;
    this.#epoch = own.epoch;
    const known = held.epoch === own.epoch && held.version <= own.version ? held.version : 0;
    if (known === 0) this.#list();
    else this.#sent = known;
    this.pump();
  }

  /** Sends what the peer lacks, until the link's queue is full. */
  pump(): void {
    const { link, own, pages, framesSent, recordsSent } = this.#deps;
    if (this.#sent === undefined || this.#awaitsRoom !== undefined) return;
    if (this.#epoch !== own.epoch) {
      this.#epoch = own.epoch;
      this.#list();
    }
    while (this.#listing || this.#sent < own.version) {
      if (own.floor > Math.max(this.#sent, this.#listing ? this.#listingFloor : 0)) this.#list();
      const page = pages.page(this.#sent, this.#listing && this.#sent === 0);
      if (!link.send(page.frame)) {
        this.#awaitRoom();
        return;
      }
      framesSent.inc();
      recordsSent.inc(page.records);
      this.#lastSentAt = this.#deps.clock.now();
      this.#sent = page.to;
      if (page.to === own.version) this.#listing = false;
    }
  }

  stop(): void {
    this.#awaitsRoom?.();
    this.#awaitsRoom = undefined;
  }

  #list(): void {
    this.#sent = 0;
    this.#listing = true;
    this.#listingFloor = this.#deps.own.floor;
  }

  #awaitRoom(): void {
    this.#awaitsRoom = this.#deps.link.onDrain('control', () => {
      this.stop();
      this.pump();
    });
  }
}
