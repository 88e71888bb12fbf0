import {
  type Clock,
  type ConfirmOptions,
  InvalidArgumentError,
  type Logger,
  type Pattern,
} from '@macula/core';
import type { Tally } from '../tally.ts';
import type { EventHandler, Gap, Resumed, TopicEvent } from '../topic-event.ts';
import { EventRefusedError } from '../errors.ts';
import { EventQueue } from './event-queue.ts';
import type { SubscribeOptions, Subscription, SubscriptionCounters } from './subscription.ts';

export interface LocalSubscriptionDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tally: Tally;
  /** Takes the subscription out of all tables. */
  readonly onUnsubscribe: (subscription: LocalSubscription) => void;
  /** Resolves when the directory has confirmed the pattern. */
  readonly confirmed: (pattern: Pattern, options?: ConfirmOptions) => Promise<void>;
}

/** What a handler's promise comes to that does not take its event. */
export const refused = Symbol('refused');

/** A subscription of this node. */
export class LocalSubscription implements Subscription {
  readonly pattern: Pattern;
  readonly wantsRetained: boolean;
  /** Who on this node subscribes; undefined: the node itself. */
  readonly participant: object | undefined;
  /** QoS 1 events that the handler may be at work on at a time. */
  readonly concurrency: number;
  readonly counters: { -readonly [Name in keyof SubscriptionCounters]: number };
  /** What an iterator takes its events from. */
  readonly queue: EventQueue | undefined;
  active = true;
  readonly #deps: LocalSubscriptionDeps;
  readonly #options: SubscribeOptions;
  readonly #handler: EventHandler | undefined;

  /** Throws InvalidArgumentError. */
  constructor(
    deps: LocalSubscriptionDeps,
    pattern: Pattern,
    handler: EventHandler | undefined,
    options: SubscribeOptions,
  ) {
    this.#deps = deps;
    this.pattern = pattern;
    this.#handler = handler;
    this.#options = options;
    this.wantsRetained = options.getRetained ?? false;
    this.participant = options.participant;
    this.concurrency = options.concurrency ?? 1;
    if (!(this.concurrency >= 1)) {
      throw new InvalidArgumentError(`concurrency must be at least 1, got ${this.concurrency}`);
    }
    this.counters = { delivered: 0, dropped: 0, gaps: 0, missed: 0, failures: 0 };
    this.queue = handler === undefined ? this.#createQueue() : undefined;
  }

  /** Gives a promise, which does not reject, when the event is not dealt with at once; it resolves to `refused` where the handler says so. */
  deliver(event: TopicEvent, expiresAt: number): Promise<unknown> | undefined {
    if (!this.active) return undefined;
    this.counters.delivered++;
    this.#deps.tally.delivered++;
    if (this.queue !== undefined) return this.queue.push(event, expiresAt);
    try {
      const result = this.#handler?.(event);
      if (result === undefined || result === null) return undefined;
      if (typeof (result as PromiseLike<unknown>).then !== 'function') return undefined;
      return Promise.resolve(result).then(undefined, (error: unknown) => this.#failed(error));
    } catch (error) {
      const outcome = this.#failed(error);
      return outcome === undefined ? undefined : Promise.resolve(outcome);
    }
  }

  missed(gap: Gap): void {
    if (!this.active) return;
    this.counters.gaps++;
    this.counters.missed += gap.to - gap.from + 1;
    this.#tell(this.#options.onGap, gap);
  }

  resumed(resumed: Resumed): void {
    if (this.active) this.#tell(this.#options.onResumed, resumed);
  }

  confirmed(options?: ConfirmOptions): Promise<void> {
    return this.#deps.confirmed(this.pattern, options);
  }

  unsubscribe(): Promise<void> {
    if (this.active) {
      this.close();
      this.#deps.onUnsubscribe(this);
    }
    return Promise.resolve();
  }

  /** Stops delivery and ends the iterator. */
  close(): void {
    this.active = false;
    this.queue?.close();
  }

  #tell<T>(listener: ((news: T) => void) | undefined, news: T): void {
    try {
      listener?.(news);
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): typeof refused | undefined {
    this.counters.failures++;
    this.#deps.tally.handlerFailed();
    if (error instanceof EventRefusedError) return refused;
    this.#deps.logger.warn({ err: error, pattern: this.pattern.text }, 'an event handler failed');
    return undefined;
  }

  #createQueue(): EventQueue {
    const { limit = 1_024, overflow = 'drop-oldest' } = this.#options.queue ?? {};
    if (!(limit >= 1)) {
      throw new InvalidArgumentError(`queue.limit must be at least 1, got ${limit}`);
    }
    if (!['drop-oldest', 'drop-newest', 'wait'].includes(overflow)) {
      throw new InvalidArgumentError(
        `queue.overflow must be drop-oldest, drop-newest or wait, got ${String(overflow)}`,
      );
    }
    return new EventQueue(this.#deps.clock, limit, overflow, () => {
      this.counters.dropped++;
      this.#deps.tally.dropped('queue_overflow');
    });
  }
}
