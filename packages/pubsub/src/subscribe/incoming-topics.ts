import type { NodeId } from '@macula/core';
import { IncomingTopic } from './incoming-topic.ts';

/** How many of the oldest are looked at for one whose link is gone. */
const evictionLook = 16;

/**
 * What this node knows of publishers' topics. Bounded: at the limit the publisher with the most topics loses one, first
 * one whose link is gone, so that nobody can crowd out the others.
 */
export class IncomingTopics {
  readonly #limit: number;
  readonly #onForgotten: (topic: IncomingTopic) => void;
  readonly #byPublisher = new Map<string, Map<string, IncomingTopic>>();
  #size = 0;

  constructor(limit: number, onForgotten: (topic: IncomingTopic) => void) {
    this.#limit = limit;
    this.#onForgotten = onForgotten;
  }

  get size(): number {
    return this.#size;
  }

  get(publisher: NodeId, name: string): IncomingTopic | undefined {
    return this.#byPublisher.get(publisher.key)?.get(name);
  }

  create(publisher: NodeId, name: string, epoch: bigint, last: number): IncomingTopic {
    if (this.#size >= this.#limit) this.#evict();
    const topic = new IncomingTopic(publisher, name, epoch, last);
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
    topic.source?.drop(topic.alias);
    topic.close();
    this.#onForgotten(topic);
  }

  *all(): Iterable<IncomingTopic> {
    for (const topics of this.#byPublisher.values()) yield* topics.values();
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
    if (oldest !== undefined) this.forget(oldest);
  }
}
