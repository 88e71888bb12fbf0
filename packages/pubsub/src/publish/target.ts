import type { Link } from '@macula/core';
import { Fifo } from '../fifo.ts';
import type { OutgoingTopic } from './outgoing-topic.ts';
import type { Parcel } from './parcel.ts';
import type { RemoteSubscriber } from './remote-subscriber.ts';

/** One subscriber of one topic, as the publisher sees it. */
export class Target {
  readonly topic: OutgoingTopic;
  readonly subscriber: RemoteSubscriber;
  /** The topic's sequence when the subscriber came, or came anew. */
  joined: number;
  /** The last sequence that was meant for the subscriber. */
  last: number;
  /** The link on which the subscriber knows the topic's alias. */
  readyOn: Link | undefined;
  /** Its events go through the topic's tree. */
  entrusted = false;
  /** What is up to here went through a tree, and may still be on its way; 0: nothing is. */
  elsewhere = 0;
  /** It is not to be in a tree before this time, by the monotonic clock. */
  barredUntil = 0;
  /** It has been told of the topic once. */
  introduced = false;
  /** It no longer subscribes. */
  closed = false;
  /** How many patterns of the subscriber match the topic. */
  interests = 1;
  /** Parcels in the subscriber's outbox. */
  queued = 0;
  /** QoS 1 parcels that were not acknowledged, oldest first; some may be done already. */
  readonly unacknowledged = new Fifo<Parcel>();

  constructor(topic: OutgoingTopic, subscriber: RemoteSubscriber) {
    this.topic = topic;
    this.subscriber = subscriber;
    this.joined = topic.sequence;
    this.last = topic.sequence;
  }

  /** It can be in a tree that is made now. */
  fitsTree(now: number): boolean {
    return this.barredUntil <= now && !this.closed && !this.subscriber.gone;
  }

  /** Nothing is on its way. */
  get idle(): boolean {
    return this.queued === 0 && this.unacknowledged.length === 0;
  }
}
