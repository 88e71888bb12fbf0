import type { Pattern } from '@macula/core';
import {
  type InterestParts,
  InterestTable,
  type OpenedInterest,
} from '../interest/interest-table.ts';
import type { MeshEvent } from '../mesh-port.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import { TopicSubscription } from './topic-subscription.ts';

/** Who subscribes to what at this router. */
export class Subscriptions extends InterestTable<TopicSubscription> {
  readonly #context: RouterContext;
  readonly #onMeshEvent: (subscription: TopicSubscription, event: MeshEvent) => void;

  constructor(
    context: RouterContext,
    onMeshEvent: (subscription: TopicSubscription, event: MeshEvent) => void,
  ) {
    const limit = context.settings.maxSubscriptions;
    super(context, { noun: 'subscription', verb: 'subscribe', limit });
    this.#context = context;
    this.#onMeshEvent = onMeshEvent;
  }

  /** Calls back and resolves when the mesh knows of it. Throws WampError or what the mesh says. */
  join(
    session: ClientSession,
    uri: string,
    pattern: Pattern,
    accepted: (subscription: TopicSubscription) => void,
  ): Promise<TopicSubscription> {
    return this.enter(session, { uri, pattern, accepted, open: (parts) => this.#open(parts) });
  }

  #open(parts: InterestParts): OpenedInterest<TopicSubscription> {
    const { metrics, logger } = this.#context;
    const interest = new TopicSubscription({ ...parts, events: metrics.events, logger });
    return { interest, ready: this.#subscribe(interest) };
  }

  async #subscribe(subscription: TopicSubscription): Promise<() => Promise<void>> {
    const { pattern } = subscription;
    const handle = await this.#context.mesh.subscribe(
      pattern.text,
      (event) => this.#onMeshEvent(subscription, event),
      { match: pattern.match, participant: this.#context },
    );
    return () => handle.unsubscribe();
  }
}
