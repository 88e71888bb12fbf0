import { type FrameView, type Link, parseUri, ProtocolError } from '@macula/core';
import { decodeMessage, type EventControl, headerOf, TopicHeader } from '@macula/wire';
import { safe } from '../event-header.ts';
import { maxAlias } from '../options.ts';
import type { Tally } from '../tally.ts';
import type { Feedback } from './feedback.ts';
import { reportGap } from './gap-report.ts';
import type { IncomingTopic } from './incoming-topic.ts';
import type { IncomingTopics } from './incoming-topics.ts';
import type { KeptEvents } from './kept-events.ts';
import type { LocalSubscriptions } from './local-subscriptions.ts';
import type { EventPath } from './path-merge.ts';
import type { Sources } from './sources.ts';

export interface IntroductionsDeps {
  readonly tally: Tally;
  readonly sources: Sources;
  readonly topics: IncomingTopics;
  readonly subscriptions: LocalSubscriptions;
  readonly kept: KeptEvents;
  readonly feedback: Feedback;
  readonly expectOtherWay: (topic: IncomingTopic, until: number, path: EventPath) => void;
}

/** Takes TOPIC frames: which alias stands for which topic, and where its sequences go on over this link. */
export class Introductions {
  readonly #deps: IntroductionsDeps;

  constructor(deps: IntroductionsDeps) {
    this.#deps = deps;
  }

  /** Handles a TOPIC frame. Throws ProtocolError. */
  introduce(link: Link, frame: FrameView): void {
    const { alias, name, epoch, base, since, elsewhere } = readTopic(headerOf(frame));
    const { sources, subscriptions, topics } = this.#deps;
    const source = sources.of(link);
    const known = topics.get(link.peer, name);
    const topic =
      known ?? topics.create(link.peer, name, epoch, since, subscriptions.match(name).length > 0);
    const moved = known !== undefined && topic.source !== source;
    source.assign(alias, topic);
    this.#deps.feedback.restarted(topic);
    topic.refusing = false;
    // A later word on the same link says nothing of what is on its way.
    const isFirst = moved || topic.alongTree;
    topic.alongTree = false;
    if (topic.epoch !== epoch) this.#startOver(topic, epoch, base, since);
    else if (elsewhere > 0) this.#deps.expectOtherWay(topic, elsewhere, source);
    else this.#goOn(topic, base, moved);
    if (isFirst) this.#deps.feedback.servedStraight(topic, base);
  }

  /** The publisher does not publish on a topic any more. */
  release(link: Link, { alias, epoch }: EventControl): void {
    const topic = this.#deps.sources.of(link).topics[alias];
    if (topic?.epoch === epoch) this.#deps.topics.forget(topic);
  }

  #goOn(topic: IncomingTopic, base: number, moved: boolean): void {
    const subscriptions = topic.subscriptions(this.#deps.subscriptions);
    const missed = topic.interrupted ? 0 : Math.max(0, base - topic.last);
    if (missed > 0) reportGap(this.#deps.tally, topic, subscriptions, topic.last + 1, base);
    topic.last = Math.max(topic.last, base);
    if (topic.interrupted) topic.interrupted = subscriptions.length === 0;
    else if (moved) this.#resumed(topic, missed);
  }

  #startOver(topic: IncomingTopic, epoch: bigint, base: number, since: number): void {
    const { kept, subscriptions } = this.#deps;
    kept.delete(topic);
    topic.startOver(epoch, since);
    const { interrupted } = topic;
    this.#goOn(topic, base, false);
    if (!interrupted && topic.subscriptions(subscriptions).length > 0) {
      this.#resumed(topic, undefined);
    }
  }

  #resumed(topic: IncomingTopic, missed: number | undefined): void {
    const { publisher, name } = topic;
    for (const subscription of topic.subscriptions(this.#deps.subscriptions)) {
      subscription.resumed({ publisher, topic: name, missed });
    }
  }
}

function readTopic(header: Uint8Array): {
  alias: number;
  name: string;
  epoch: bigint;
  base: number;
  since: number;
  elsewhere: number;
} {
  const read = decodeMessage(TopicHeader, header, 'topic header');
  const { alias, topic: name, epoch } = read;
  if (alias < 1 || alias > maxAlias) {
    throw new ProtocolError(`a topic's alias must be 1 to ${maxAlias}, got ${alias}`);
  }
  try {
    parseUri(name, 'loose');
  } catch (cause) {
    throw new ProtocolError('a topic header names no topic', { cause });
  }
  const [base, since, elsewhere] = [safe(read.base), safe(read.since), safe(read.elsewhere)];
  return { alias, name, epoch, base, since, elsewhere };
}
