import type { ConfirmOptions, Pattern, PatternMatch, UriMode } from '@macula/core';
import type { Gap, Resumed, TopicEvent } from '../topic-event.ts';

/**
 * What a full iterator does with one more event. `drop-oldest` and `drop-newest` count it as dropped; `wait` leaves a
 * QoS 1 event unacknowledged until there is room, which in the end slows its publisher down, and drops the oldest
 * for QoS 0.
 */
export type Overflow = 'drop-oldest' | 'drop-newest' | 'wait';

export interface SubscribeOptions {
  /** How the pattern is read. Default: `wildcard` when it has `*` or `**` segments, else `exact`. */
  readonly match?: PatternMatch;
  /** Which names the pattern may have. Default `uriMode`. */
  readonly mode?: UriMode;
  /** Begin with what publishers have kept of matching topics, as events with `retained` set. Default false. */
  readonly getRetained?: boolean;
  /** Who on this node subscribes, see `participant` of `publish`. Default: the node itself. */
  readonly participant?: object;
  /**
   * QoS 1 events of one publisher and topic that the handler may be at work on at a time. It gets them in order, and whichever it
   * ends first, they are acknowledged in order. Default 1: the next one waits until the handler has completed.
   */
  readonly concurrency?: number;
  /** For iterators. */
  readonly queue?: {
    /** Events that may wait for the iterator. Default 1,024. */
    readonly limit?: number;
    /** Default `drop-oldest`. */
    readonly overflow?: Overflow;
  };
  /** Events of a publisher are missing. */
  readonly onGap?: (gap: Gap) => void;
  /** A publisher's events flow again after its link was lost. Comes after the gap, if there is one. */
  readonly onResumed?: (resumed: Resumed) => void;
}

/** What happened to a subscription so far. */
export interface SubscriptionCounters {
  /** Events handed to the handler, or put into the iterator's queue. */
  readonly delivered: number;
  /** Events that the iterator's queue had no room for, or that expired in it. */
  readonly dropped: number;
  /** Ranges of missing events, see `onGap`. */
  readonly gaps: number;
  /** Events in those ranges. */
  readonly missed: number;
  /** Calls of the handler that threw or rejected. */
  readonly failures: number;
}

export interface Subscription {
  readonly pattern: Pattern;
  /** False after `unsubscribe`, and after the pub/sub was stopped. */
  readonly active: boolean;
  readonly counters: SubscriptionCounters;
  /**
   * Resolves when the directory's replicas know of it: until then, some milliseconds, publishers elsewhere may not find it. Throws
   * TimeoutError or AbortedError.
   */
  confirmed(options?: ConfirmOptions): Promise<void>;
  /** From this call on no event is delivered, not even one that has arrived. Idempotent. */
  unsubscribe(): Promise<void>;
}

/** A subscription whose events are taken with `for await`. Leaving the loop unsubscribes. */
export interface EventStream extends Subscription, AsyncIterableIterator<TopicEvent> {
  return(): Promise<IteratorResult<TopicEvent, undefined>>;
  [Symbol.asyncIterator](): EventStream;
}
