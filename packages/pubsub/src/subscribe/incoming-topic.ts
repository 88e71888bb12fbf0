import type { NodeId } from '@macula/core';
import type { Source } from './source.ts';
import type { LocalSubscription } from './local-subscription.ts';
import type { LocalSubscriptions } from './local-subscriptions.ts';
import type { PathMerge } from './path-merge.ts';
import type { OrderedDelivery } from './ordered-delivery.ts';
import { Refusals } from './refusals.ts';

/** A place in a tree, as the topic that comes through it sees it. */
export interface TreePlaceHolder {
  /** More was handled than before. */
  handledMore(): void;
  /** The topic is to come another way: its events could not be taken. */
  leave(): void;
}

/** One topic of one publisher, as a subscriber sees it. Outlives links. */
export class IncomingTopic {
  readonly publisher: NodeId;
  readonly name: string;
  /** The publisher's name for this life of the topic; sequences count within it. */
  epoch: bigint;
  /** The last sequence that arrived or was given up. */
  last: number;
  /** Everything of QoS 1 up to this sequence has been handled. */
  handled: number;
  /** The last sequence that the publisher was to keep. */
  keptSequence = 0;
  /** The link it comes over, and its alias there. */
  source: Source | undefined;
  alias = 0;
  /** Nobody here wanted the topic for a while, so what is missing since is no gap. */
  interrupted = false;
  /** Events had no room; none is taken until the publisher has started over. */
  refusing = false;
  /** It comes along a tree, not straight. */
  alongTree = false;
  /** What handlers have refused. */
  refusals = new Refusals();
  /** Puts events in order while they come over more than one way. */
  merge: PathMerge | undefined;
  /** This node's places in trees that bring the topic. */
  readonly places = new Set<TreePlaceHolder>();
  /** It was given up to make room, or because its publisher has released it. */
  forgotten = false;
  /** Holds events back while handlers take their time. */
  delivery: OrderedDelivery | undefined;
  #subscriptions: readonly LocalSubscription[] = [];
  #generation = -1;

  constructor(publisher: NodeId, name: string, epoch: bigint, last: number) {
    this.publisher = publisher;
    this.name = name;
    this.epoch = epoch;
    this.last = last;
    this.handled = last;
  }

  /** The subscriptions that match. */
  subscriptions(all: LocalSubscriptions): readonly LocalSubscription[] {
    if (this.#generation !== all.generation) {
      this.#subscriptions = all.match(this.name);
      this.#generation = all.generation;
    }
    return this.#subscriptions;
  }

  /** Nothing more is expected. */
  close(): void {
    this.forgotten = true;
    this.merge?.close();
    this.merge = undefined;
    this.delivery?.close();
  }

  /** The publisher has begun a new life of the topic. */
  startOver(epoch: bigint, last: number): void {
    this.epoch = epoch;
    this.last = last;
    this.handled = last;
    this.keptSequence = 0;
    this.refusals = new Refusals();
    this.merge?.close();
    this.merge = undefined;
    this.delivery?.close();
    this.delivery = undefined;
  }
}
