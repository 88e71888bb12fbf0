import type { Clock } from '@macula/core';
import { Fifo } from '../fifo.ts';
import type { TopicEvent } from '../topic-event.ts';
import type { Overflow } from './subscription.ts';

type Item = IteratorResult<TopicEvent, undefined>;

interface Queued {
  readonly event: TopicEvent;
  readonly expiresAt: number;
  /** Called once the event has got its place. */
  readonly placed: (() => void) | undefined;
}

const end: Item = { done: true, value: undefined };

/** Events between their arrival and an iterator. */
export class EventQueue {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #overflow: Overflow;
  readonly #onDropped: () => void;
  readonly #queue = new Fifo<Queued>();
  /** QoS 1 events that wait for a place, one per publisher and topic. */
  readonly #outside = new Fifo<Queued>();
  readonly #takers = new Fifo<(item: Item) => void>();
  #closed = false;

  constructor(clock: Clock, limit: number, overflow: Overflow, onDropped: () => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#overflow = overflow;
    this.#onDropped = onDropped;
  }

  /** Gives a promise when the event has to wait for its place. */
  push(event: TopicEvent, expiresAt: number): Promise<void> | undefined {
    if (this.#closed) return undefined;
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker({ done: false, value: event });
      return undefined;
    }
    if (this.#queue.length >= this.#limit) {
      if (this.#overflow === 'wait' && event.qos === 1) return this.#waitOutside(event, expiresAt);
      this.#onDropped();
      if (this.#overflow === 'drop-newest') return undefined;
      this.#queue.shift();
    }
    this.#queue.push({ event, expiresAt, placed: undefined });
    return undefined;
  }

  /** The next event, or the end. */
  next(): Promise<Item> {
    for (let queued = this.#take(); queued !== undefined; queued = this.#take()) {
      if (queued.expiresAt > this.#clock.now()) {
        return Promise.resolve({ done: false, value: queued.event });
      }
      this.#onDropped();
    }
    if (this.#closed) return Promise.resolve(end);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Drops what waits, and ends the iterator. */
  close(): void {
    this.#closed = true;
    for (const { placed } of this.#outside) placed?.();
    for (const taker of this.#takers) taker(end);
    this.#queue.clear();
    this.#outside.clear();
    this.#takers.clear();
  }

  #take(): Queued | undefined {
    const taken = this.#queue.shift();
    const next = taken && this.#outside.shift();
    if (next !== undefined) {
      this.#queue.push(next);
      next.placed?.();
    }
    return taken;
  }

  #waitOutside(event: TopicEvent, expiresAt: number): Promise<void> {
    // Handlers may only take so long, so a reader that is gone for good could pile events up even here.
    if (this.#outside.length >= this.#limit) {
      this.#outside.shift()?.placed?.();
      this.#onDropped();
    }
    return new Promise((placed) => this.#outside.push({ event, expiresAt, placed }));
  }
}
