import type { NodeId } from '@macula/core';
import { decodeValue, readBody } from '@macula/wire';
import type { OutgoingTopic } from './publish/outgoing-topic.ts';
import type { Publication } from './publish/publication.ts';
import type { LocalSubscription } from './subscribe/local-subscription.ts';
import type { LocalSubscriptions } from './subscribe/local-subscriptions.ts';
import { OrderedDelivery, type OrderedDeliveryDeps } from './subscribe/ordered-delivery.ts';
import type { Tally } from './tally.ts';
import type { TopicEvent } from './topic-event.ts';

export interface LocalDeliveryDeps {
  readonly self: NodeId;
  readonly tally: Tally;
  readonly subscriptions: LocalSubscriptions;
  readonly delivery: OrderedDeliveryDeps;
}

/** Nobody waits for room here, and what has expired is counted. */
const unheard = { relaxed: () => undefined, expired: () => undefined };

/** Brings what this node publishes to its own subscriptions, where the publisher does not exclude itself. */
export class LocalDelivery {
  readonly #deps: LocalDeliveryDeps;

  constructor(deps: LocalDeliveryDeps) {
    this.#deps = deps;
  }

  deliver(topic: OutgoingTopic, publication: Publication): void {
    const { self, tally, subscriptions: all, delivery } = this.#deps;
    if (!publication.local || publication.audience?.includes(self) === false) return;
    const subscriptions = all.match(topic.name);
    if (subscriptions.length === 0) return;
    const handled = publication.receipt?.expectLocal();
    topic.local ??= new OrderedDelivery(delivery, unheard);
    const accepted = topic.local.accept({
      event: this.#event(topic, publication, false),
      subscriptions,
      expiresAt: publication.expiresAt,
      size: publication.payload.length,
      handled,
    });
    if (accepted) return;
    tally.dropped('queue_overflow');
    publication.receipt?.failedLocal(self);
    handled?.();
  }

  /** Brings kept values of this node to a new subscription. */
  deliverKept(topics: Iterable<OutgoingTopic>, subscription: LocalSubscription): void {
    for (const topic of topics) {
      const kept = topic.keptFor(this.#deps.self);
      if (kept?.local !== true || !subscription.pattern.matches(topic.name)) continue;
      void subscription.deliver(this.#event(topic, kept, true), kept.expiresAt);
    }
  }

  #event(topic: OutgoingTopic, publication: Publication, retained: boolean): TopicEvent {
    const { disclosed, publishedAt, traceparent, sequence, payload, qos } = publication;
    const body = readBody(decodeValue(payload));
    return {
      topic: topic.name,
      args: body.args,
      kwargs: body.kwargs,
      payload: body.payload,
      publisher: disclosed ? this.#deps.self : undefined,
      sequence,
      retained,
      publishedAt: publishedAt === 0 ? undefined : publishedAt,
      traceparent: traceparent === '' ? undefined : traceparent,
      qos: retained ? 0 : qos,
    };
  }
}
