import {
  type Clock,
  type Directory,
  type FrameHandler,
  type FrameView,
  InvalidArgumentError,
  type Link,
  type Links,
  type Logger,
  type Membership,
  type MembershipChange,
  type Metrics,
  noMetrics,
  NotRunningError,
  type Random,
  silentLogger,
  type Startable,
  TimerWheel,
  type Unsubscribe,
} from '@macula/core';
import { FrameKind, headerOf } from '@macula/wire';
import { isDistrust, isRefusal, isRelease, isRestart, readControl } from './event-control.ts';
import { LinkBudget } from './inlet/link-budget.ts';
import { Routes } from './inlet/routes.ts';
import { Ways } from './inlet/ways.ts';
import { LocalDelivery } from './local-delivery.ts';
import { type Limits, type PubSubOptions, resolveLimits } from './options.ts';
import type { PubSub } from './pub-sub.ts';
import { Admission } from './publish/admission.ts';
import { EventFrames } from './publish/event-frames.ts';
import { FeedbackHandler } from './publish/feedback-handler.ts';
import { InterestWatcher } from './publish/interest-watcher.ts';
import { KeptValues } from './publish/kept-values.ts';
import { OutgoingTopics } from './publish/outgoing-topics.ts';
import type { AudienceOptions, PublishOptions } from './publish/publish-options.ts';
import { Publisher } from './publish/publisher.ts';
import { TopicFanout } from './publish/fanout/topic-fanout.ts';
import { TreePlaces } from './relay/tree-places.ts';
import { Subscriber } from './subscribe/subscriber.ts';
import type { EventStream, SubscribeOptions, Subscription } from './subscribe/subscription.ts';
import { SubscriptionStream } from './subscribe/subscription-stream.ts';
import { Tally } from './tally.ts';
import type { EventHandler } from './topic-event.ts';
import { TreeAliases } from './tree/tree-aliases.ts';
import type { TreeSigner, TreeVerifier } from './tree/tree-plan.ts';

export interface PubSubDeps {
  readonly links: Links;
  readonly directory: Directory;
  /** Tells which nodes have failed; without it a dead subscriber is given up when its directory entry goes. */
  readonly membership?: Membership;
  readonly clock: Clock;
  readonly random: Random;
  /** Signs this node's forwarding trees; identity's Identity does. Without it events always go straight to each subscriber. */
  readonly signer?: TreeSigner;
  /** Verifies what others have signed; identity's verifySignature does. Without it this node takes part in no forwarding tree. */
  readonly verify?: TreeVerifier;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** Creates the pub/sub of one node and realm. Throws InvalidArgumentError or InvalidRealmError for bad options. */
export function createPubSub(deps: PubSubDeps, options: PubSubOptions): PubSub & Startable {
  return new NodePubSub(deps, resolveLimits(options));
}

class NodePubSub implements PubSub, Startable {
  readonly #deps: PubSubDeps;
  readonly #wheel: TimerWheel;
  readonly #interest: InterestWatcher;
  readonly #topics: OutgoingTopics;
  readonly #publisher: Publisher;
  readonly #subscriber: Subscriber;
  readonly #places: TreePlaces;
  readonly #ways: Ways;
  readonly #budget: LinkBudget;
  /** Of frames that travel on links, and through inlets. */
  readonly #handlers: ReadonlyMap<number, FrameHandler>;
  readonly #local: LocalDelivery;
  readonly #feedback: FeedbackHandler;
  #release: Unsubscribe[] = [];
  #running = false;
  #stopped: Promise<void> | undefined;

  constructor(deps: PubSubDeps, limits: Limits) {
    const { links, directory, clock, signer, logger = silentLogger, metrics = noMetrics } = deps;
    const self = links.self;
    const wheel = new TimerWheel(clock);
    const tally = new Tally(clock, metrics);
    const delivery = {
      clock,
      wheel,
      tally,
      handlerTimeoutMs: limits.handlerTimeoutMs,
      maxEvents: limits.unacknowledgedEvents,
      maxBytes: limits.unacknowledgedBytes,
    };
    const subscriber = new Subscriber({ directory, clock, logger, limits, tally, delivery });
    const { subscriptions } = subscriber;
    const local = new LocalDelivery({ self, tally, subscriptions, delivery });
    const frames = new EventFrames();
    const trees = { links, clock, limits, tally, aliases: new TreeAliases() };
    const ways = new Ways({
      ...{ links, clock, limits, tally },
      isInlet: (node) => this.#budget.isInlet(node),
      onFrame: (way, frame) => this.#handlers.get(frame.kind)?.(way, frame),
    });
    const routes = new Routes({ links, random: deps.random, ways });
    this.#ways = ways;
    this.#budget = new LinkBudget({
      ...{ links, clock, random: deps.random, budget: limits.linkBudget },
      nameInlets: (inlets) => subscriber.nameInlets(inlets),
      subscribes: () => subscriptions.size > 0,
      isPassedThrough: () => ways.passing > 0,
    });
    const admission = new Admission(clock, wheel, limits.maxWaiting);
    const kept = new KeptValues(limits.maxRetained, limits.maxRetainedBytes);
    const interest = new InterestWatcher({
      directory,
      realm: limits.realm,
      self,
      onMalformed: () => tally.dropped('malformed'),
    });
    const topics = new OutgoingTopics({
      ...{ links, clock, wheel, limits, frames, tally, interest, kept, routes },
      random: deps.random,
      fanout:
        signer &&
        ((topic) => {
          const onCopied = (): void => {
            tally.sent++;
            tally.touch();
          };
          const onRoom = (): void => admission.pumpTopic(topic);
          return new TopicFanout(
            { ...trees, signer, wheel, frames, onCopied, onRoom, realm: limits.realm },
            topic,
          );
        }),
      onRoom: () => admission.pump(),
      onReady: (topic) => admission.pumpTopic(topic),
    });
    const places = new TreePlaces({
      ...{ ...trees, subscriber, realm: limits.realm, verify: deps.verify },
    });
    this.#deps = deps;
    this.#wheel = wheel;
    this.#interest = interest;
    this.#topics = topics;
    this.#subscriber = subscriber;
    this.#places = places;
    this.#handlers = new Map<number, FrameHandler>([
      [FrameKind.event, (link, frame) => subscriber.receive(link, frame)],
      [FrameKind.topic, (link, frame) => subscriber.introduce(link, frame)],
      [FrameKind.eventAck, (link, frame) => this.#feedback.acknowledge(link, frame)],
      [FrameKind.eventControl, (link, frame) => this.#control(link, frame)],
    ]);
    this.#local = local;
    this.#feedback = new FeedbackHandler(topics);
    this.#publisher = new Publisher({
      ...{ clock, wheel, limits, tally, frames, topics, admission, kept },
      deliverLocally: (topic, publication) => local.deliver(topic, publication),
      isHeardLocally: (topic, options) => local.isHeard(topic, options),
    });
    metrics.observedGauge(
      { name: 'macula_pubsub_outbox_bytes', help: 'Bytes that wait for subscribers' },
      () => topics.outboxBytes,
    );
    metrics.observedGauge(
      { name: 'macula_pubsub_tree_places', help: 'Places of this node in forwarding trees' },
      () => places.size,
    );
    metrics.observedGauge(
      { name: 'macula_pubsub_ways', help: 'Ways through inlets that begin or end at this node' },
      () => ways.size,
    );
    metrics.observedGauge(
      { name: 'macula_pubsub_passages', help: 'Ways of others through this node, their inlet' },
      () => ways.passing,
    );
    metrics.observedGauge(
      { name: 'macula_pubsub_subscriptions', help: 'Subscriptions of this node' },
      () => subscriptions.size,
    );
  }

  async start(): Promise<void> {
    if (this.#stopped !== undefined) throw new NotRunningError('this pub/sub has been stopped');
    if (this.#running) return;
    this.#running = true;
    const { links, membership } = this.#deps;
    this.#release = [
      ...Array.from(this.#handlers, ([kind, handler]) => links.handle(kind, handler)),
      links.handle(FrameKind.tree, (link, frame) => this.#places.assign(link, frame)),
      links.handle(FrameKind.treeEvent, (link, frame) => this.#places.receive(link, frame)),
      links.handle(FrameKind.treeControl, (link, frame) => this.#places.control(link, frame)),
      links.handle(FrameKind.treeStatus, (link, frame) => this.#places.status(link, frame)),
      links.handle(FrameKind.inlet, (link, frame) => this.#ways.receive(link, frame)),
      links.onLink((link) => {
        this.#topics.linked(link);
        this.#budget.linked(link);
      }),
    ];
    this.#budget.start();
    if (membership !== undefined) {
      this.#release.push(membership.onChange((change) => this.#memberChanged(change)));
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  publish(topic: string, value: unknown, options?: PublishOptions): Promise<void> {
    if (!this.#running) return Promise.reject(notRunning());
    return this.#publisher.publish(topic, value, options);
  }

  isHeard(topic: string, options?: AudienceOptions): boolean {
    return !this.#running || this.#publisher.isHeard(topic, options);
  }

  subscribe(
    pattern: string,
    handler: EventHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  subscribe(pattern: string, options?: SubscribeOptions): Promise<EventStream>;
  async subscribe(
    pattern: string,
    handlerOrOptions?: EventHandler | SubscribeOptions,
    optionsOfHandler: SubscribeOptions = {},
  ): Promise<Subscription | EventStream> {
    if (!this.#running) throw notRunning();
    const withHandler = typeof handlerOrOptions === 'function';
    const handler = withHandler ? handlerOrOptions : undefined;
    if (handlerOrOptions !== undefined && Object(handlerOrOptions) !== handlerOrOptions) {
      throw new InvalidArgumentError(
        `what follows the pattern is a handler or options, not ${String(handlerOrOptions)}`,
      );
    }
    const options = withHandler ? optionsOfHandler : (handlerOrOptions ?? {});
    const subscription = this.#subscriber.subscribe(pattern, handler, options);
    this.#budget.subscribed();
    if (subscription.wantsRetained) this.#local.deliverKept(this.#topics.all(), subscription);
    const { queue } = subscription;
    return queue === undefined ? subscription : new SubscriptionStream(subscription, queue);
  }

  async #stop(): Promise<void> {
    this.#running = false;
    for (const release of this.#release.splice(0)) release();
    this.#publisher.close(notRunning());
    this.#subscriber.close();
    this.#places.close();
    this.#budget.stop();
    this.#ways.close();
    this.#interest.close();
    this.#topics.close();
    this.#wheel.stop();
  }

  #control(link: Link, frame: FrameView): void {
    const control = readControl(headerOf(frame));
    if (isRelease(control)) this.#subscriber.release(link, control);
    else if (isRestart(control)) this.#feedback.restart(link, control);
    else if (isRefusal(control)) this.#feedback.refuse(link, control);
    else if (isDistrust(control)) this.#feedback.serveStraight(link, control);
  }

  #memberChanged({ type, member }: MembershipChange): void {
    const subscriber = this.#topics.subscriber(member.id);
    if (type === 'failed' || type === 'left') subscriber?.depart();
    else if (type === 'joined' || type === 'recovered') subscriber?.comeBack();
  }
}

function notRunning(): NotRunningError {
  return new NotRunningError('this pub/sub is not running: call start() first');
}
