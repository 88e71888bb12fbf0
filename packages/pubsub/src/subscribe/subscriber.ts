import {
  type Clock,
  type Directory,
  type FrameView,
  type Link,
  type Logger,
  type NodeId,
  Pattern,
} from '@macula/core';
import type { EventControl } from '@macula/wire';
import type { Limits } from '../options.ts';
import type { Tally } from '../tally.ts';
import type { EventHandler } from '../topic-event.ts';
import { AnnouncedInterest } from './announced-interest.ts';
import { Feedback } from './feedback.ts';
import type { IncomingTopic } from './incoming-topic.ts';
import { IncomingTopics } from './incoming-topics.ts';
import { Introductions } from './introductions.ts';
import { KeptEvents } from './kept-events.ts';
import { LocalSubscription, type LocalSubscriptionDeps } from './local-subscription.ts';
import { LocalSubscriptions } from './local-subscriptions.ts';
import type { EventPath } from './path-merge.ts';
import type { OrderedDeliveryDeps } from './ordered-delivery.ts';
import { Receiver } from './receiver.ts';
import { Sources } from './sources.ts';
import type { SubscribeOptions } from './subscription.ts';

export interface SubscriberDeps {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Limits;
  readonly tally: Tally;
  readonly delivery: OrderedDeliveryDeps;
}

/** What a tree brings. */
export interface TreeTopic {
  readonly publisher: NodeId;
  readonly name: string;
  readonly epoch: bigint;
}

/** The receiving side: this node's subscriptions, and what comes in for them. */
export class Subscriber {
  readonly subscriptions: LocalSubscriptions;
  readonly topics: IncomingTopics;
  readonly #deps: SubscriberDeps;
  readonly #subscriptionDeps: LocalSubscriptionDeps;
  readonly #interest: AnnouncedInterest;
  readonly #kept: KeptEvents;
  readonly #feedback: Feedback;
  readonly #sources: Sources;
  readonly #receiver: Receiver;
  readonly #introductions: Introductions;

  constructor(deps: SubscriberDeps) {
    const { clock, directory, limits, tally, delivery } = deps;
    this.#deps = deps;
    const interest = new AnnouncedInterest(directory, limits.realm);
    const subscriptions = new LocalSubscriptions(interest, limits.maxSubscriptions);
    const kept = new KeptEvents(limits.maxRetained, limits.maxRetainedBytes);
    const topics = new IncomingTopics(
      limits.maxIncomingTopics,
      (topic) => kept.delete(topic),
      () => tally.crowdedOut(),
    );
    const feedback = new Feedback(clock, tally);
    const sources = new Sources(() => feedback.flush());
    const shared = { clock, tally, sources, topics, subscriptions, kept, feedback, delivery };
    this.subscriptions = subscriptions;
    this.topics = topics;
    this.#subscriptionDeps = {
      ...{ clock, tally, logger: deps.logger },
      onUnsubscribe: (subscription) => this.#unsubscribed(subscription),
      confirmed: (pattern, options) => interest.confirmed(pattern, options),
    };
    this.#interest = interest;
    this.#kept = kept;
    this.#feedback = feedback;
    this.#sources = sources;
    const receiver = new Receiver({ ...shared, reorderMs: limits.reorderMs });
    this.#receiver = receiver;
    this.#introductions = new Introductions({
      ...shared,
      expectOtherWay: (topic, until, path) => receiver.expectOtherWay(topic, until, path),
    });
  }

  /** Throws InvalidUriError, InvalidArgumentError or LimitExceededError. */
  subscribe(
    text: string,
    handler: EventHandler | undefined,
    options: SubscribeOptions,
  ): LocalSubscription {
    const { match, mode = this.#deps.limits.uriMode } = options;
    const pattern = Pattern.parse(text, match === undefined ? { mode } : { mode, match });
    const subscription = new LocalSubscription(this.#subscriptionDeps, pattern, handler, options);
    this.subscriptions.add(subscription);
    if (subscription.wantsRetained) this.#deliverKept(subscription);
    return subscription;
  }

  receive(link: Link, frame: FrameView): void {
    this.#receiver.receive(link, frame);
  }

  /** Names the neighbours that take events for this node. */
  nameInlets(inlets: readonly NodeId[]): void {
    this.#interest.nameInlets(inlets);
  }

  /** Whether anybody here wants the topic. */
  wants(topic: string): boolean {
    return this.subscriptions.match(topic).length > 0;
  }

  receiveVia(path: EventPath, topic: IncomingTopic, frame: FrameView): void {
    this.#receiver.receiveVia(path, topic, frame);
  }

  /**
   * Events of a topic come through a tree from now on. `since`: where one begins that knows nothing of the topic; what is up
   * to `elsewhere` may still come another way.
   */
  introduceVia(path: EventPath, of: TreeTopic, since: number, elsewhere: number): IncomingTopic {
    const { publisher, name, epoch } = of;
    const known = this.topics.get(publisher, name);
    const topic = known ?? this.topics.create(publisher, name, epoch, since, this.wants(name));
    if (topic.epoch !== epoch) {
      this.#kept.delete(topic);
      topic.startOver(epoch, since);
    } else if (known !== undefined) this.#receiver.expectOtherWay(topic, elsewhere, path);
    topic.alongTree = true;
    return topic;
  }

  introduce(link: Link, frame: FrameView): void {
    this.#introductions.introduce(link, frame);
  }

  release(link: Link, control: EventControl): void {
    this.#introductions.release(link, control);
  }

  /** Ends all subscriptions; sends the acknowledgements that are due. */
  close(): void {
    this.#feedback.flush();
    this.#feedback.clear();
    this.subscriptions.close();
    for (const topic of [...this.topics.all()]) this.topics.forget(topic);
    this.#sources.close();
    this.#kept.clear();
  }

  #deliverKept(subscription: LocalSubscription): void {
    const now = this.#deps.clock.now();
    for (const [topic, { event, expiresAt }] of this.#kept.entries()) {
      if (expiresAt > now && subscription.pattern.matches(topic.name)) {
        void subscription.deliver(event, expiresAt);
      }
    }
    // Where nobody wanted the topic for a while the value is unknown here, and the publisher may not know.
    for (const topic of this.topics.all()) {
      if (topic.interrupted && subscription.pattern.matches(topic.name)) {
        this.#feedback.restart(topic);
      }
    }
    this.#deps.tally.touch();
  }

  #unsubscribed(subscription: LocalSubscription): void {
    this.subscriptions.remove(subscription);
    for (const topic of this.topics.all()) {
      if (topic.interrupted || !subscription.pattern.matches(topic.name)) continue;
      if (topic.subscriptions(this.subscriptions).length > 0) continue;
      topic.interrupted = true;
      topic.keptSequence = 0;
      this.#kept.delete(topic);
    }
  }
}
