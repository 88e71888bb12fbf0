import type { NodeId } from '@macula/core';
import { decodeDetails, decodeValue, readBody } from '@macula/wire';
import type { OutgoingTopic } from './publish/outgoing-topic.ts';
import type { Publication } from './publish/publication.ts';
import type { AudienceOptions } from './publish/publish-options.ts';
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

/** Brings what this node publishes to its own subscriptions, save those of a publisher that excludes itself. */
export class LocalDelivery {
  readonly #deps: LocalDeliveryDeps;

  constructor(deps: LocalDeliveryDeps) {
    this.#deps = deps;
  }

  /** Whether a publication with these options has subscriptions of this node to go to. */
  isHeard(topic: string, options: AudienceOptions | undefined): boolean {
    const { subscriptions } = this.#deps;
    if (subscriptions.size === 0) return false;
    const participant = options?.participant;
    const includesSelf = options?.excludeSelf === false;
    if (participant === undefined && !includesSelf && subscriptions.strangers === 0) return false;
    const publication = { participant, includesSelf };
    for (const subscription of subscriptions.match(topic)) {
      if (hears(subscription, publication)) return true;
    }
    return false;
  }

  deliver(topic: OutgoingTopic, publication: Publication): void {
    const { self, tally, subscriptions: all, delivery } = this.#deps;
    const { participant, includesSelf } = publication;
    if (participant === undefined && !includesSelf && all.strangers === 0) return;
    if (publication.audience?.includes(self) === false) return;
    const subscriptions = all
      .match(topic.name)
      .filter((subscription) => hears(subscription, publication));
    if (subscriptions.length === 0) return;
    const { receipt } = publication;
    const settled = receipt?.expectLocal();
    const handled =
      settled &&
      ((isRefused: boolean): void => {
        if (isRefused) receipt?.failedLocal(self, 'refused');
        settled();
      });
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
    receipt?.failedLocal(self, 'slow');
    settled?.();
  }

  /** Brings kept values of this node to a new subscription. */
  deliverKept(topics: Iterable<OutgoingTopic>, subscription: LocalSubscription): void {
    for (const topic of topics) {
      const kept = topic.keptFor(this.#deps.self);
      if (kept === undefined || !hears(subscription, kept)) continue;
      if (!subscription.pattern.matches(topic.name)) continue;
      void subscription.deliver(this.#event(topic, kept, true), kept.expiresAt);
    }
  }

  #event(topic: OutgoingTopic, publication: Publication, retained: boolean): TopicEvent {
    const { disclosed, publishedAt, traceparent, sequence, payload, qos, details } = publication;
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
      details: decodeDetails(details),
    };
  }
}

/** What one participant publishes is for all others, and for itself where it says so. */
function hears(
  subscription: LocalSubscription,
  { participant, includesSelf }: Pick<Publication, 'participant' | 'includesSelf'>,
): boolean {
  return includesSelf || subscription.participant !== participant;
}
