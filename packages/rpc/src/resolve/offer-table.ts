import { type Pattern, PatternIndex, type Unsubscribe } from '@macula/core';
import type { Offer } from './offer.ts';

/** The offers of one pattern. */
interface Group {
  readonly offers: Map<string, Offer>;
  readonly unindex: Unsubscribe;
}

/**
 * Offers, each under a key of its own. Those of one pattern, and those that match one procedure, are found without a look
 * at the others: thousands of patterns may begin alike.
 */
export class OfferTable {
  readonly #byKey = new Map<string, Offer>();
  readonly #groups = new Map<string, Group>();
  readonly #index = new PatternIndex<Map<string, Offer>>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Offer | undefined {
    return this.#byKey.get(key);
  }

  /** Takes the place of what had the key. */
  set(key: string, offer: Offer): void {
    this.delete(key);
    this.#byKey.set(key, offer);
    this.#groupOf(offer.pattern).offers.set(key, offer);
  }

  delete(key: string): void {
    const pattern = this.#byKey.get(key)?.pattern;
    if (pattern === undefined) return;
    this.#byKey.delete(key);
    const group = this.#groupOf(pattern);
    group.offers.delete(key);
    if (group.offers.size > 0) return;
    group.unindex();
    this.#groups.delete(pattern.key);
  }

  clear(): void {
    for (const key of [...this.#byKey.keys()]) this.delete(key);
  }

  /** Those of this very pattern. */
  of(pattern: Pattern): Iterable<Offer> {
    return this.#groups.get(pattern.key)?.offers.values() ?? [];
  }

  /** Those whose pattern matches. */
  *matching(procedure: string): Iterable<Offer> {
    for (const offers of this.#index.match(procedure)) yield* offers.values();
  }

  #groupOf(pattern: Pattern): Group {
    const known = this.#groups.get(pattern.key);
    if (known !== undefined) return known;
    const offers = new Map<string, Offer>();
    const group = { offers, unindex: this.#index.add(pattern, offers) };
    this.#groups.set(pattern.key, group);
    return group;
  }
}
