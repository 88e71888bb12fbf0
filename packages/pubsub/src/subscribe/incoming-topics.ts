import type { NodeId } from '@macula/core';
import { IncomingTopic } from './incoming-topic.ts';

/** How many of the oldest are looked at for one whose link is gone. */
const evictionLook = 16;

/** What this node knows of publishers' topics. Bounded; those whose link is gone are forgotten first. */
export class IncomingTopics {
  readonly #limit: number;
  readonly #onForgotten: (topic: IncomingTopic) => void;
  readonly #topics = new Map<string, IncomingTopic>();

  constructor(limit: number, onForgotten: (topic: IncomingTopic) => void) {
    this.#limit = limit;
    this.#onForgotten = onForgotten;
  }

  get size(): number {
    return this.#topics.size;
  }

  get(publisher: NodeId, name: string): IncomingTopic | undefined {
    return this.#topics.get(keyOf(publisher, name));
  }

  create(publisher: NodeId, name: string, epoch: bigint, last: number): IncomingTopic {
    if (this.#topics.size >= this.#limit) this.#evict();
    const topic = new IncomingTopic(publisher, name, epoch, last);
    this.#topics.set(keyOf(publisher, name), topic);
    return topic;
  }

  forget(topic: IncomingTopic): void {
    const key = keyOf(topic.publisher, topic.name);
    if (this.#topics.get(key) !== topic) return;
    this.#topics.delete(key);
    topic.source?.drop(topic.alias);
    topic.delivery?.close();
    this.#onForgotten(topic);
  }

  all(): Iterable<IncomingTopic> {
    return this.#topics.values();
  }

  #evict(): void {
    let oldest: IncomingTopic | undefined;
    let looked = 0;
    for (const topic of this.#topics.values()) {
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

function keyOf(publisher: NodeId, name: string): string {
  return `${publisher.key}/${name}`;
}
