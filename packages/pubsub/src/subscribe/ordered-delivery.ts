import type { Clock, TimerWheel } from '@macula/core';
import { Fifo } from '../fifo.ts';
import type { Tally } from '../tally.ts';
import type { TopicEvent } from '../topic-event.ts';
import { type LocalSubscription, refused } from './local-subscription.ts';

export interface OrderedDeliveryDeps {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tally: Tally;
  readonly handlerTimeoutMs: number;
  /** What may wait. */
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** One event and whom it is for. */
export interface Delivery {
  readonly event: TopicEvent;
  readonly subscriptions: readonly LocalSubscription[];
  /** By the monotonic clock; Infinity: never. */
  readonly expiresAt: number;
  /** Length of the encoded payload. */
  readonly size: number;
  /** Set for QoS 1: called once all handlers have settled, or had their time, and all before it were. */
  readonly handled: ((isRefused: boolean) => void) | undefined;
}

/** What becomes of a queue. */
export interface OrderedDeliveryListener {
  /** It was more than half full and is no longer. */
  relaxed(): void;
  /** An event's time was over when its turn came. */
  expired(delivery: Delivery): void;
}

/** A QoS 1 event that handlers have begun with. */
interface Begun {
  readonly handled: (isRefused: boolean) => void;
  over: boolean;
  refused: boolean;
}

/**
 * Hands the events of one publisher and topic to handlers, in order, where some handlers take their time. A handler is at work on as
 * many of quality of service 1 at a time as its subscription allows; whatever ends first, they count as handled in order.
 */
export class OrderedDelivery {
  readonly #deps: OrderedDeliveryDeps;
  readonly #listener: OrderedDeliveryListener;
  readonly #queue = new Fifo<Delivery>();
  /** Those before the first that is not over have been told of. */
  readonly #begun = new Fifo<Begun>();
  /** How many may be begun, by the least of the subscriptions that are at work. */
  #width = Infinity;
  #bytes = 0;
  #handing = false;

  constructor(deps: OrderedDeliveryDeps, listener: OrderedDeliveryListener) {
    this.#deps = deps;
    this.#listener = listener;
  }

  /** Nothing waits and no handler runs: events need not come here. */
  get idle(): boolean {
    return !this.#handing && this.#begun.length === 0 && this.#queue.length === 0;
  }

  /** False when there is no room. */
  accept(delivery: Delivery): boolean {
    if (!this.#handing && this.#queue.length === 0 && this.#mayBegin(delivery)) {
      this.#begin(delivery);
      return true;
    }
    const { maxEvents, maxBytes } = this.#deps;
    if (this.#queue.length >= maxEvents || this.#bytes >= maxBytes) return false;
    this.#queue.push(delivery);
    this.#bytes += delivery.size;
    return true;
  }

  /** Forgets what waits. */
  close(): void {
    this.#queue.clear();
    this.#bytes = 0;
  }

  #mayBegin({ subscriptions }: Delivery): boolean {
    if (this.#begun.length === 0) return true;
    return this.#begun.length < Math.min(this.#width, widthOf(subscriptions));
  }

  #begin(first: Delivery): void {
    this.#handing = true;
    for (let delivery: Delivery | undefined = first; delivery !== undefined;) {
      this.#await(delivery, this.#handOut(delivery));
      const next = this.#queue.first;
      delivery = next !== undefined && this.#mayBegin(next) ? this.#next() : undefined;
    }
    this.#handing = false;
  }

  #await({ handled, subscriptions }: Delivery, pending: Promise<unknown>[] | undefined): void {
    if (handled === undefined) return;
    if (pending === undefined && this.#begun.length === 0) {
      handled(false);
      return;
    }
    const begun: Begun = { handled, over: pending === undefined, refused: false };
    this.#begun.push(begun);
    if (pending === undefined) return;
    this.#width = Math.min(this.#width, widthOf(subscriptions));
    const { wheel, tally, handlerTimeoutMs } = this.#deps;
    const end = (outcomes: readonly unknown[]): void => {
      if (begun.over) return;
      begun.over = true;
      begun.refused = outcomes.includes(refused);
      timer.cancel();
      this.#proceed();
    };
    const timer = wheel.schedule(() => {
      tally.handlerFailed();
      end([]);
    }, handlerTimeoutMs);
    void Promise.all(pending).then(end);
  }

  #proceed(): void {
    for (let begun = this.#begun.first; begun?.over === true; begun = this.#begun.first) {
      this.#begun.shift();
      begun.handled(begun.refused);
    }
    if (this.#begun.length === 0) this.#width = Infinity;
    const next = this.#queue.first;
    if (next === undefined || this.#handing || !this.#mayBegin(next)) return;
    this.#begin(this.#next() as Delivery);
  }

  #next(): Delivery | undefined {
    const { maxEvents, maxBytes } = this.#deps;
    const half = (): boolean => this.#queue.length * 2 <= maxEvents && this.#bytes * 2 <= maxBytes;
    const wasHalf = half();
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    this.#bytes -= next.size;
    if (!wasHalf && half()) this.#listener.relaxed();
    return next;
  }

  #handOut(delivery: Delivery): Promise<unknown>[] | undefined {
    const { event, subscriptions, expiresAt } = delivery;
    if (expiresAt !== Infinity && expiresAt <= this.#deps.clock.now()) {
      this.#deps.tally.dropped('expired');
      this.#listener.expired(delivery);
      return undefined;
    }
    let pending: Promise<unknown>[] | undefined;
    for (const subscription of subscriptions) {
      const result = subscription.deliver(event, expiresAt);
      if (result !== undefined) (pending ??= []).push(result);
    }
    this.#deps.tally.touch();
    return pending;
  }
}

function widthOf(subscriptions: readonly LocalSubscription[]): number {
  let width = Infinity;
  for (const { concurrency } of subscriptions) if (concurrency < width) width = concurrency;
  return width;
}
