import type { ConfirmOptions, Pattern } from '@macula/core';
import type { TopicEvent } from '../topic-event.ts';
import type { EventQueue } from './event-queue.ts';
import type { LocalSubscription } from './local-subscription.ts';
import type { EventStream, SubscriptionCounters } from './subscription.ts';

/** The iterator over one subscription's events. */
export class SubscriptionStream implements EventStream {
  readonly #subscription: LocalSubscription;
  readonly #queue: EventQueue;

  constructor(subscription: LocalSubscription, queue: EventQueue) {
    this.#subscription = subscription;
    this.#queue = queue;
  }

  get pattern(): Pattern {
    return this.#subscription.pattern;
  }

  get active(): boolean {
    return this.#subscription.active;
  }

  get counters(): SubscriptionCounters {
    return this.#subscription.counters;
  }

  next(): Promise<IteratorResult<TopicEvent, undefined>> {
    return this.#queue.next();
  }

  async return(): Promise<IteratorResult<TopicEvent, undefined>> {
    await this.unsubscribe();
    return { done: true, value: undefined };
  }

  confirmed(options?: ConfirmOptions): Promise<void> {
    return this.#subscription.confirmed(options);
  }

  unsubscribe(): Promise<void> {
    return this.#subscription.unsubscribe();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
