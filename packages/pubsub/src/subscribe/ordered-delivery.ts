import type { Clock, TimerWheel } from '@macula/core';
import { Fifo } from '../fifo.ts';
import type { Tally } from '../tally.ts';
import type { TopicEvent } from '../topic-event.ts';
import type { LocalSubscription } from './local-subscription.ts';

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
  /** Set for QoS 1: called once all handlers have settled, or had their time. The next event waits for it. */
  readonly handled: (() => void) | undefined;
}

/** What becomes of a queue. */
export interface OrderedDeliveryListener {
  /** It was more than half full and is no longer. */
  relaxed(): void;
  /** An event's time was over when its turn came. */
  expired(delivery: Delivery): void;
}

/** Hands the events of one publisher and topic to handlers, in order, where some handlers take their time. */
export class OrderedDelivery {
  readonly #deps: OrderedDeliveryDeps;
  readonly #listener: OrderedDeliveryListener;
  readonly #queue = new Fifo<Delivery>();
  #bytes = 0;
  #busy = false;

  constructor(deps: OrderedDeliveryDeps, listener: OrderedDeliveryListener) {
    this.#deps = deps;
    this.#listener = listener;
  }

  /** Nothing waits and no handler runs: events need not come here. */
  get idle(): boolean {
    return !this.#busy;
  }

  /** False when there is no room. */
  accept(delivery: Delivery): boolean {
    if (!this.#busy) {
      this.#run(delivery);
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

  #run(first: Delivery): void {
    this.#busy = true;
    let delivery: Delivery | undefined = first;
    while (delivery !== undefined) {
      const { handled } = delivery;
      const pending = this.#handOut(delivery);
      if (pending !== undefined && handled !== undefined) {
        this.#await(pending, handled);
        return;
      }
      handled?.();
      delivery = this.#next();
    }
    this.#busy = false;
  }

  #await(pending: Promise<unknown>[], handled: () => void): void {
    const { wheel, tally, handlerTimeoutMs } = this.#deps;
    let open = true;
    const proceed = (): void => {
      if (!open) return;
      open = false;
      timer.cancel();
      handled();
      const next = this.#next();
      if (next === undefined) this.#busy = false;
      else this.#run(next);
    };
    const timer = wheel.schedule(() => {
      tally.handlerFailed();
      proceed();
    }, handlerTimeoutMs);
    void Promise.all(pending).then(proceed);
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
