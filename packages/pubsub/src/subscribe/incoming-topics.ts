import type { NodeId } from '@macula/core';
import { IncomingTopic } from './incoming-topic.ts';

/** How many of the oldest are looked at for one whose link is gone. */
const evictionLook = 16;

/** Topics that one publisher may tell this node of although nobody here wants them. */
const maxUnwanted = 64;

/**
 * What this node knows of publishers' topics. Bounded: at the limit the publisher with the most topics loses one, first
 * one whose link is gone, so that nobody can crowd out the others. Of topics that nobody here wants a publisher has a few only.
 */
export class IncomingTopics {
  readonly #limit: number;
  readonly #onForgotten: (topic: IncomingTopic) => void;
  readonly #onCrowdedOut: () => void;
  readonly #byPublisher = new Map<string, Map<string, IncomingTopic>>();
  /** By publisher, oldest first: those that nobody wanted when they came. */
  readonly #unwanted = new Map<string, Set<IncomingTopic>>();
  #size = 0;

  /** `onForgotten`: a topic is none any more; `onCrowdedOut`: before that, if it has to make room. */
  constructor(
    limit: number,
    onForgotten: (topic: IncomingTopic) => void,
    onCrowdedOut: () => void,
  ) {
    this.#limit = limit;
    this.#onForgotten = onForgotten;
    this.#onCrowdedOut = onCrowdedOut;
  }

  get size(): number {
    return this.#size;
  }

  get(publisher: NodeId, name: string): IncomingTopic | undefined {
    return this.#byPublisher.get(publisher.key)?.get(name);
  }

  /** `wanted`: somebody here subscribes to it. */
  create(
    publisher: NodeId,
    name: string,
    epoch: bigint,
    last: number,
    wanted = true,
  ): IncomingTopic {
    if (this.#size >= this.#limit) this.#evict();
    const topic = new IncomingTopic(publisher, name, epoch, last);
    topic.interrupted = !wanted;
    if (!wanted) this.#addUnwanted(topic);
    let topics = this.#byPublisher.get(publisher.key);
    if (topics === undefined) this.#byPublisher.set(publisher.key, (topics = new Map()));
    topics.set(name, topic);
    this.#size++;
    return topic;
  }

  forget(topic: IncomingTopic): void {
    const { publisher, name } = topic;
    const topics = this.#byPublisher.get(publisher.key);
    if (topics?.get(name) !== topic) return;
    topics.delete(name);
    if (topics.size === 0) this.#byPublisher.delete(publisher.key);
    this.#size--;
    this.#dropUnwanted(topic);
    topic.source?.drop(topic.alias);
    topic.close();
    this.#onForgotten(topic);
  }

  *all(): Iterable<IncomingTopic> {
    for (const topics of this.#byPublisher.values()) yield* topics.values();
  }

  /** Makes room for one more that nobody wants. */
  #addUnwanted(topic: IncomingTopic): void {
    const { key } = topic.publisher;
    for (const other of this.#unwanted.get(key) ?? []) {
      if ((this.#unwanted.get(key)?.size ?? 0) < maxUnwanted) break;
      if (other.interrupted) this.#makeRoom(other);
      else this.#dropUnwanted(other);
    }
    const unwanted = this.#unwanted.get(key) ?? new Set();
    this.#unwanted.set(key, unwanted.add(topic));
  }

  #dropUnwanted(topic: IncomingTopic): void {
    const unwanted = this.#unwanted.get(topic.publisher.key);
    if (unwanted?.delete(topic) && unwanted.size === 0) this.#unwanted.delete(topic.publisher.key);
  }

  #makeRoom(topic: IncomingTopic): void {
    this.#onCrowdedOut();
    this.forget(topic);
  }

  #evict(): void {
    let most: Map<string, IncomingTopic> | undefined;
    for (const topics of this.#byPublisher.values()) {
      if (most === undefined || topics.size > most.size) most = topics;
    }
    let oldest: IncomingTopic | undefined;
    let looked = 0;
    for (const topic of most?.values() ?? []) {
      oldest ??= topic;
      if (topic.source === undefined) {
        oldest = topic;
        break;
      }
      if (++looked === evictionLook) break;
    }
    if (oldest !== undefined) this.#makeRoom(oldest);
  }
}
