import type { AudienceOptions, PublishOptions } from './publish/publish-options.ts';
import type { EventStream, SubscribeOptions, Subscription } from './subscribe/subscription.ts';
import type { EventHandler } from './topic-event.ts';

/** Topics, without a broker: events go straight from the publishing node to every node that subscribes. */
export interface PubSub {
  /**
   * Publishes `value`: an array becomes the positional arguments, a plain object the named ones, anything else
   * one positional argument; `withKwargs` gives both.
   *
   * Resolves when the event has been taken for all subscribers, at once where nothing waits; under quality of service 1
   * when all have acknowledged it. The promise may be shared between calls. Rejects with InvalidUriError,
   * InvalidArgumentError, InvalidPayloadError, PayloadTooLargeError, LimitExceededError, TimeoutError, AbortedError,
   * UndeliveredError or NotRunningError.
   */
  publish(topic: string, value: unknown, options?: PublishOptions): Promise<void>;
  /**
   * Whether an event on `topic` would go to anybody: false only where it is known that nobody subscribes. Asking makes this
   * node follow who does, as publishing does. Never throws.
   */
  isHeard(topic: string, options?: AudienceOptions): boolean;
  /**
   * Calls `handler` with every event whose topic matches `pattern`, until unsubscribed. Resolves when the
   * subscription is in place here and announced; publishers learn of it as fast as the directory tells them.
   * Rejects with InvalidUriError, InvalidArgumentError, LimitExceededError or NotRunningError.
   */
  subscribe(
    pattern: string,
    handler: EventHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  /** The same, with the events to be taken by `for await`. */
  subscribe(pattern: string, options?: SubscribeOptions): Promise<EventStream>;
}
