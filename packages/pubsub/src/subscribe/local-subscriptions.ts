import { LimitExceededError, PatternIndex, type Unsubscribe } from '@macula/core';
import type { AnnouncedInterest } from './announced-interest.ts';
import type { LocalSubscription } from './local-subscription.ts';

/** All subscriptions of this node. */
export class LocalSubscriptions {
  /** Grows with every change: what was found under an older generation is to be looked up again. */
  generation = 0;
  /** How many subscriptions are of other participants than the node itself. */
  strangers = 0;
  readonly #interest: AnnouncedInterest;
  readonly #limit: number;
  readonly #index = new PatternIndex<LocalSubscription>();
  readonly #removers = new Map<LocalSubscription, Unsubscribe>();

  constructor(interest: AnnouncedInterest, limit: number) {
    this.#interest = interest;
    this.#limit = limit;
  }

  get size(): number {
    return this.#removers.size;
  }

  /** Throws LimitExceededError, or what the directory refuses the announcement with. */
  add(subscription: LocalSubscription): void {
    if (this.#removers.size >= this.#limit) {
      throw new LimitExceededError(
        `this node has ${this.#limit} subscriptions already: subscribe to patterns, or raise maxSubscriptions`,
      );
    }
    this.#interest.acquire(subscription.pattern);
    this.#removers.set(subscription, this.#index.add(subscription.pattern, subscription));
    if (subscription.participant !== undefined) this.strangers++;
    this.generation++;
  }

  remove(subscription: LocalSubscription): void {
    this.#removers.get(subscription)?.();
    if (!this.#removers.delete(subscription)) return;
    this.#interest.release(subscription.pattern);
    if (subscription.participant !== undefined) this.strangers--;
    this.generation++;
  }

  match(topic: string): readonly LocalSubscription[] {
    return this.#index.match(topic);
  }

  close(): void {
    for (const [subscription, remove] of this.#removers) {
      remove();
      subscription.close();
    }
    this.#removers.clear();
    this.strangers = 0;
    this.#interest.close();
    this.generation++;
  }
}
