import type { NodeId } from '@macula/core';
import { writeHeaderPrefix } from '../event-header.ts';
import type { OrderedDelivery } from '../subscribe/ordered-delivery.ts';
import type { TopicFanout } from './fanout/topic-fanout.ts';
import type { Publication } from './publication.ts';
import { Target } from './target.ts';
import type { RemoteSubscriber } from './remote-subscriber.ts';

/** A header's prefix and the longest sequence. */
const plainHeaderLength = 16;

/** Somebody that publications have to wait for. */
export interface Blocker {
  /** A publication waits: should there be no progress for too long, none waits any more. */
  watchStall(qos: 0 | 1): void;
}

/** One topic that this node publishes on. */
export class OutgoingTopic {
  readonly name: string;
  /** Stands for the topic in EVENT frames, on all links. */
  readonly alias: number;
  /** Names this life of the topic, in which sequences count from 1. */
  readonly epoch: bigint;
  /** Scratch for the header of plain events; the first `headerPrefix` bytes are constant. */
  readonly header = new Uint8Array(plainHeaderLength);
  readonly headerPrefix: number;
  /** The last sequence that was allotted. */
  sequence = 0;
  /** The subscribers that are served straight from here. */
  readonly targets: Target[] = [];
  /** Serves all others, where there are many. */
  fanout: TopicFanout | undefined;
  /** The subscribers are known. */
  ready = false;
  /** Publications that wait until they can be accepted. */
  waiting = 0;
  /** It was published on since somebody last looked. */
  used = true;
  /** The topic is given up. */
  released = false;
  /** The last value that was to be retained. */
  kept: Publication | undefined;
  /** Serves this node's own subscriptions, once there was something for them. */
  local: OrderedDelivery | undefined;
  readonly #byNode = new Map<string, Target>();
  readonly #now: () => number;

  constructor(name: string, alias: number, epoch: bigint, now: () => number) {
    this.name = name;
    this.alias = alias;
    this.epoch = epoch;
    this.#now = now;
    this.headerPrefix = writeHeaderPrefix(this.header, alias);
  }

  target(node: NodeId): Target | undefined {
    return this.#byNode.get(node.key);
  }

  /** One more pattern of the subscriber matches. Gives the target when it is the first. */
  interested(subscriber: RemoteSubscriber): Target | undefined {
    const known = this.#byNode.get(subscriber.id.key);
    if (known !== undefined) {
      known.interests++;
      return undefined;
    }
    const target = new Target(this, subscriber);
    this.#byNode.set(subscriber.id.key, target);
    this.targets.push(target);
    return target;
  }

  /** One pattern less of the node matches. Gives the target when it was the last. */
  uninterested(node: NodeId): Target | undefined {
    const target = this.#byNode.get(node.key);
    if (target === undefined || --target.interests > 0) return undefined;
    this.#byNode.delete(node.key);
    const place = this.targets.indexOf(target);
    if (place >= 0) this.targets.splice(place, 1);
    else this.fanout?.left(target);
    return target;
  }

  /** How many nodes subscribe. */
  get subscribers(): number {
    return this.#byNode.size;
  }

  allTargets(): Target[] {
    return [...this.#byNode.values()];
  }

  /** The kept value, if `node` may have it and it is not void. */
  keptFor(node: NodeId): Publication | undefined {
    const { kept } = this;
    if (kept === undefined || kept.expiresAt <= this.#now()) return undefined;
    return kept.audience?.includes(node) === false ? undefined : kept;
  }

  /** The first subscriber that a publication has to wait for. */
  blocker(publication: Publication): Blocker | undefined {
    if (publication.mayDrop && publication.qos === 0) return undefined;
    if (this.fanout?.hasRoom(publication.qos) === false) return this.fanout;
    for (const { subscriber } of this.targets) {
      if (
        !subscriber.hasRoom(publication.qos) &&
        publication.audience?.includes(subscriber.id) !== false
      ) {
        return subscriber;
      }
    }
    return undefined;
  }

  /** Nothing is on its way or kept, and nobody waits. */
  get idle(): boolean {
    return (
      this.waiting === 0 &&
      this.kept === undefined &&
      this.fanout?.idle !== false &&
      this.targets.every((target) => target.idle)
    );
  }
}
