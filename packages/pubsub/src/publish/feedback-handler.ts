import type { FrameView, Link } from '@macula/core';
import { decodeMessage, EventAck, type EventControl, headerOf } from '@macula/wire';
import { safe } from '../event-header.ts';
import type { OutgoingTopics } from './outgoing-topics.ts';
import type { Target } from './target.ts';

/** Takes what subscribers say: acknowledgements, and requests to start over. */
export class FeedbackHandler {
  readonly #topics: OutgoingTopics;

  constructor(topics: OutgoingTopics) {
    this.#topics = topics;
  }

  /** Handles EVENT_ACK. What is about an earlier life of an alias is ignored. Throws ProtocolError. */
  acknowledge(link: Link, frame: FrameView): void {
    const { alias, epoch, sequence } = decodeMessage(EventAck, headerOf(frame), 'acknowledgement');
    const target = epoch === 0n ? undefined : this.#target(link, alias, epoch);
    target?.subscriber.acknowledge(target, safe(sequence));
  }

  /** Handles the word of a subscriber that it does not take an event. */
  refuse(link: Link, { alias, epoch, sequence }: EventControl): void {
    const target = epoch === 0n ? undefined : this.#target(link, alias, epoch);
    if (sequence !== undefined) target?.subscriber.refuse(target, safe(sequence));
  }

  /** Handles the request of a subscriber to start a topic over. */
  restart(link: Link, { alias, epoch }: EventControl): void {
    const target = this.#target(link, alias, epoch);
    // Over another link than the one in use the topic will be, or has been, introduced anyway.
    if (target?.readyOn === link) target.subscriber.restart(target, epoch === 0n);
  }

  /** Handles the request of a subscriber to be served without the tree. Ignores it where there is none, or no such subscriber. */
  serveStraight({ peer }: Link, { epoch }: EventControl): void {
    for (const target of this.#topics.subscriber(peer)?.targets ?? []) {
      if (target.topic.epoch === epoch) target.topic.fanout?.serveStraight(target);
    }
  }

  #target(link: Link, alias: number, epoch: bigint): Target | undefined {
    const topic = this.#topics.byAlias(alias);
    const current = epoch === 0n || topic?.epoch === epoch;
    return current ? topic?.target(link.peer) : undefined;
  }
}
