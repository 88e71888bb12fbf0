import {
  type Clock,
  LimitExceededError,
  type Link,
  type NodeId,
  parseUri,
  type Random,
  type Timer,
  type TimerWheel,
} from '@macula/core';
import type { Limits } from '../options.ts';
import type { TopicFanout } from './fanout/topic-fanout.ts';
import type { InterestListener } from './prefix-interest.ts';
import type { InterestWatcher } from './interest-watcher.ts';
import type { KeptValues } from './kept-values.ts';
import { OutgoingTopic } from './outgoing-topic.ts';
import { RemoteSubscriber, type SubscriberDeps } from './remote-subscriber.ts';

export interface OutgoingTopicsDeps extends SubscriberDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  readonly interest: InterestWatcher;
  readonly wheel: TimerWheel;
  readonly kept: KeptValues;
  /** Makes trees of a topic's subscribers; undefined: events always go straight. */
  readonly fanout: ((topic: OutgoingTopic) => TopicFanout) | undefined;
  /** The topic's subscribers are known now. */
  readonly onReady: (topic: OutgoingTopic) => void;
}

/** The topics that this node publishes on, with their aliases, and the nodes that subscribe to them. */
export class OutgoingTopics {
  readonly #deps: OutgoingTopicsDeps;
  readonly #listeners = new Map<OutgoingTopic, InterestListener>();
  readonly #byName = new Map<string, OutgoingTopic>();
  /** By alias; the first one is not used, since an alias of 0 is absent on the wire. */
  readonly #byAlias: (OutgoingTopic | undefined)[] = [undefined];
  readonly #freeAliases: number[] = [];
  readonly #subscribers = new Map<string, RemoteSubscriber>();
  #sweep: Timer | undefined;

  constructor(deps: OutgoingTopicsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Bytes that wait for subscribers. */
  get outboxBytes(): number {
    let bytes = 0;
    for (const subscriber of this.#subscribers.values()) bytes += subscriber.bytes;
    for (const { fanout } of this.#byName.values()) bytes += fanout?.bytes ?? 0;
    return bytes;
  }

  get(name: string): OutgoingTopic | undefined {
    return this.#byName.get(name);
  }

  byAlias(alias: number): OutgoingTopic | undefined {
    return this.#byAlias[alias];
  }

  all(): Iterable<OutgoingTopic> {
    return this.#byName.values();
  }

  /** The topic of that name, new if need be. Throws InvalidUriError, or LimitExceededError when all topics are busy. */
  open(name: string): OutgoingTopic {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const { clock, limits, random } = this.#deps;
    parseUri(name, limits.uriMode);
    if (this.#byName.size >= limits.maxTopics) this.#makeRoom();
    const alias = this.#freeAliases.pop() ?? this.#byAlias.length;
    const epoch = new DataView(random.bytes(8).buffer).getBigUint64(0) | 1n;
    const topic = new OutgoingTopic(name, alias, epoch, () => clock.now());
    this.#byAlias[alias] = topic;
    this.#byName.set(name, topic);
    this.#watch(topic);
    this.#sweep ??= this.#setSweep();
    return topic;
  }

  /** A link opened. */
  linked(link: Link): void {
    this.#subscribers.get(link.peer.key)?.comeBack(link);
  }

  subscriber(node: NodeId): RemoteSubscriber | undefined {
    return this.#subscribers.get(node.key);
  }

  close(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    for (const { fanout } of this.#byName.values()) fanout?.close(false);
    for (const subscriber of this.#subscribers.values()) subscriber.dispose();
    this.#subscribers.clear();
    this.#listeners.clear();
    this.#byName.clear();
    this.#byAlias.length = 1;
    this.#freeAliases.length = 0;
  }

  #watch(topic: OutgoingTopic): void {
    const { interest, limits, onReady, wheel } = this.#deps;
    const listener: InterestListener = {
      name: topic.name,
      interestAdded: (node, inlets) => {
        const subscriber = this.#subscriber(node);
        subscriber.inlets = inlets;
        const target = topic.interested(subscriber);
        if (target === undefined) return;
        (topic.ready ? this.#fanoutOf(topic) : topic.fanout)?.joined(target);
        target.subscriber.add(target);
      },
      inletsChanged: (node, inlets) => {
        const subscriber = this.subscriber(node);
        if (subscriber !== undefined) subscriber.inlets = inlets;
      },
      interestRemoved: (node) => this.#uninterested(topic, node),
    };
    this.#listeners.set(topic, listener);
    const begin = (): void => {
      if (topic.ready || topic.released) return;
      topic.ready = true;
      onReady(topic);
    };
    const done = (): void => {
      late.cancel();
      if (topic.ready || topic.released || topic.fanout !== undefined) return;
      const fanout = this.#fanoutOf(topic);
      if (fanout === undefined) begin();
      else fanout.begin(begin);
    };
    const late = wheel.schedule(done, limits.resolveTimeoutMs);
    interest.add(listener).then(done, done);
  }

  /** What serves the topic's subscribers where they are many. */
  #fanoutOf(topic: OutgoingTopic): TopicFanout | undefined {
    const { fanout, limits } = this.#deps;
    if (topic.fanout === undefined && topic.subscribers > limits.fanoutThreshold) {
      topic.fanout = fanout?.(topic);
    }
    return topic.fanout;
  }

  #subscriber(node: NodeId): RemoteSubscriber {
    let subscriber = this.#subscribers.get(node.key);
    if (subscriber === undefined) {
      subscriber = new RemoteSubscriber(this.#deps, node);
      this.#subscribers.set(node.key, subscriber);
    }
    return subscriber;
  }

  #uninterested(topic: OutgoingTopic, node: NodeId): void {
    const target = topic.uninterested(node);
    if (target === undefined) return;
    const { subscriber } = target;
    const gone = this.#deps.links.get(node) === undefined;
    subscriber.remove(target, gone ? 'gone' : 'unsubscribed');
    this.#disposeUnused(subscriber);
  }

  #disposeUnused(subscriber: RemoteSubscriber): void {
    if (subscriber.targets.size > 0) return;
    subscriber.dispose();
    this.#subscribers.delete(subscriber.id.key);
  }

  /** Second chance: the first topic that was not used since it was last looked at goes. */
  #makeRoom(): void {
    for (let looked = 0; looked < 2 * this.#deps.limits.maxTopics; looked++) {
      const first = this.#byName.entries().next().value;
      if (first === undefined) return;
      const [name, topic] = first;
      if (!topic.used && topic.idle) return this.#release(topic);
      topic.used = false;
      this.#byName.delete(name);
      this.#byName.set(name, topic);
    }
    throw new LimitExceededError(
      `all ${this.#byName.size} topics are in use: put entity IDs into payloads, or raise maxTopics`,
    );
  }

  #release(topic: OutgoingTopic): void {
    topic.released = true;
    const listener = this.#listeners.get(topic);
    if (listener !== undefined) this.#deps.interest.remove(listener);
    topic.fanout?.close(true);
    for (const target of topic.allTargets()) {
      target.subscriber.remove(target, 'unsubscribed');
      this.#disposeUnused(target.subscriber);
    }
    this.#listeners.delete(topic);
    this.#byName.delete(topic.name);
    this.#byAlias[topic.alias] = undefined;
    this.#freeAliases.push(topic.alias);
  }

  #setSweep(): Timer {
    const { clock, limits } = this.#deps;
    return clock.setTimer(() => this.#releaseIdle(), limits.topicIdleMs, { background: true });
  }

  #releaseIdle(): void {
    const now = this.#deps.clock.now();
    for (const topic of [...this.#byName.values()]) {
      this.#deps.kept.expire(topic, now);
      if (!topic.used && topic.ready && topic.idle) this.#release(topic);
      topic.used = false;
    }
    this.#sweep = this.#byName.size > 0 ? this.#setSweep() : undefined;
  }
}
