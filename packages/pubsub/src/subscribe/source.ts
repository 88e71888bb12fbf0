import type { Link } from '@macula/core';
import type { IncomingTopic } from './incoming-topic.ts';

/** A link from a publisher: what its aliases stand for. */
export class Source {
  readonly link: Link;
  /** By alias. */
  readonly topics: (IncomingTopic | undefined)[] = [];
  /** Aliases without a topic, of which the publisher was told. */
  readonly asked = new Set<number>();

  constructor(link: Link) {
    this.link = link;
  }

  /** `alias` stands for `topic` from now on. */
  assign(alias: number, topic: IncomingTopic): void {
    const former = this.topics[alias];
    if (former !== undefined && former !== topic) this.drop(alias);
    topic.source?.drop(topic.alias);
    this.topics[alias] = topic;
    this.asked.delete(alias);
    topic.source = this;
    topic.alias = alias;
  }

  /** `alias` stands for nothing. */
  drop(alias: number): void {
    const topic = this.topics[alias];
    this.topics[alias] = undefined;
    if (topic?.source === this) topic.source = undefined;
  }

  /** The link is gone. */
  close(): void {
    for (const topic of this.topics) if (topic?.source === this) topic.source = undefined;
    this.topics.length = 0;
  }
}
