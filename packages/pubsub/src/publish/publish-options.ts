import type { NodeId } from '@macula/core';

/** Which subscriptions of the publishing node get an event. */
export interface AudienceOptions {
  /** Subscriptions of this very participant do not get the event, as WAMP has it. Default true. */
  readonly excludeSelf?: boolean;
  /**
   * Who on this node publishes, where several do that are strangers to each other, such as clients of a router: subscriptions
   * of other participants get the event whatever `excludeSelf` says. Default: the node itself.
   */
  readonly participant?: object;
}

export interface PublishOptions extends AudienceOptions {
  /**
   * 0, the default: at most once. 1: every node that subscribes at this moment acknowledges once its handlers have
   * run; until then the event is kept and sent again over new links, and handlers still see it once.
   */
  readonly qos?: 0 | 1;
  /** Keep this as the topic's last value, for subscribers that come later. An undefined value clears what is kept. Default false. */
  readonly retain?: boolean;
  /** Milliseconds after which the event is not delivered any more. Default: never void. */
  readonly expiry?: number;
  /** Nodes that must not get the event. */
  readonly exclude?: readonly NodeId[];
  /** The only nodes that may get the event. */
  readonly eligible?: readonly NodeId[];
  /**
   * What subscribers are to know of the event beside its arguments, as `event.details`: a plain object whose MessagePack
   * has at most 16 KiB.
   */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Tell subscribers this node's ID as `event.publisher`. Default false, as WAMP has it. */
  readonly disclose?: boolean;
  /** Tell subscribers the time as `event.publishedAt`. Default false: it costs seven bytes. */
  readonly timestamp?: boolean;
  /** W3C trace context to carry. */
  readonly traceparent?: string;
  /**
   * What to do when a subscriber's outbox is full. `wait`, the default: `publish` resolves when there is room.
   * `drop-oldest`: the oldest QoS 0 event for that subscriber gives way; the subscriber learns of the gap.
   */
  readonly backpressure?: 'wait' | 'drop-oldest';
  /** Milliseconds until TimeoutError. Default `publishTimeoutMs`. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}
