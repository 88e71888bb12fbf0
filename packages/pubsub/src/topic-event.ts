import type { NodeId } from '@macula/core';

/** One event, as handlers get it. */
export interface TopicEvent {
  readonly topic: string;
  /** Positional arguments of the body. */
  readonly args: readonly unknown[];
  /** Named arguments of the body. */
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** What was given to `publish`: the array of args, the object of kwargs, or the one value. */
  readonly payload: unknown;
  /** The publishing node, where it agreed to be named (`disclose`). */
  readonly publisher: NodeId | undefined;
  /** Number of the event among its publisher's events on this topic, from 1; numbers that were meant for others are left out. */
  readonly sequence: number;
  /** The event is a value that was published before this subscription, and kept. */
  readonly retained: boolean;
  /** When it was published, in milliseconds since the Unix epoch by the publisher's clock; only with `timestamp`. */
  readonly publishedAt: number | undefined;
  /** W3C trace context of the publication. */
  readonly traceparent: string | undefined;
  readonly qos: 0 | 1;
  /** What the publisher's side told beside the arguments, if anything. */
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Handles events. Under quality of service 1 the event is acknowledged once what this returns has settled, and
 * events of one publisher and topic wait for each other. What it throws is logged and counted, no more.
 */
export type EventHandler = (event: TopicEvent) => unknown;

/** Events that will not come any more: they were dropped on the way, or this node was away. */
export interface Gap {
  readonly publisher: NodeId;
  readonly topic: string;
  /** The first sequence that is missing. Some of the range may have been meant for others. */
  readonly from: number;
  /** The last sequence that is missing. */
  readonly to: number;
}

/** A publisher is back: its events on this topic flow again, over a new link. */
export interface Resumed {
  readonly publisher: NodeId;
  readonly topic: string;
  /** How many events were missed meanwhile; undefined when the publisher itself started over and cannot tell. */
  readonly missed: number | undefined;
}
