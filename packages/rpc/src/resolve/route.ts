import { literalPrefixesOf, type Uri } from '@macula/core';
import type { Invoke } from './invoke.ts';
import { eligibleOffers, type Offer } from './offer.ts';
import type { OfferWatch, OfferWatches } from './offer-watches.ts';
import { compareSpecificity } from './specificity.ts';

/** What a caller knows of one procedure: who can be asked, kept current by the directory. */
export class Route {
  readonly procedure: Uri;
  readonly #stream: boolean;
  readonly #watches: OfferWatches;
  readonly #held: OfferWatch[];
  readonly #releases: (() => void)[];
  /** Whether the absence of an offer means that there is none. */
  isReady: boolean;
  /** Resolves when `isReady` holds. */
  readonly ready: Promise<void>;
  #offers: readonly Offer[] | undefined;
  /** Since it was last looked at for eviction. */
  used = true;
  closed = false;
  /** Counts this caller's round-robin turns. */
  turn = 0;
  /** Calls that wait until the directory has answered. */
  waiting = 0;

  constructor(procedure: Uri, stream: boolean, watches: OfferWatches) {
    this.procedure = procedure;
    this.#stream = stream;
    this.#watches = watches;
    this.#held = literalPrefixesOf(procedure).map((prefix) => watches.acquire(prefix));
    this.#releases = this.#held.map((watch) =>
      watch.onChange(() => {
        this.#offers = undefined;
      }),
    );
    this.isReady = this.#held.every((watch) => watch.isReady);
    this.ready = Promise.all(this.#held.map((watch) => watch.ready)).then(() => {
      this.isReady = true;
    });
  }

  /** The registrations to choose from, earliest first: those of the most specific pattern that has any. */
  get offers(): readonly Offer[] {
    return (this.#offers ??= this.#resolve());
  }

  /** The policy of these offers. */
  get invoke(): Invoke {
    return this.offers[0]?.invoke ?? 'single';
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const release of this.#releases) release();
    for (const watch of this.#held) this.#watches.release(watch);
  }

  #resolve(): readonly Offer[] {
    let best: Offer[] = [];
    for (const watch of this.#held) {
      for (const offer of watch.offersFor(this.procedure)) {
        if (offer.stream !== this.#stream) continue;
        const leader = best[0];
        const order = leader === undefined ? -1 : compareSpecificity(offer.pattern, leader.pattern);
        if (order < 0) best = [offer];
        else if (order === 0) best.push(offer);
      }
    }
    return eligibleOffers(best);
  }
}
