import { checkAllowed } from '../authorization.ts';
import { type Arguments, trimmed, valueOf } from '../body-value.ts';
import type { Dict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { MeshEvent } from '../mesh-port.ts';
import type { WampMessage } from '../message/message.ts';
import { failureOf } from '../failure.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import { checkUri, isMetaPattern, isReserved, patternOf } from '../uri-rules.ts';
import { isId, randomId } from '../wamp-id.ts';
import { Audience } from './audience.ts';
import { discloserDetails, discloserIn, discloserOf, type Publication } from './publication.ts';
import { RetainedEvents } from './retained-events.ts';
import { Subscriptions } from './subscriptions.ts';
import type { TopicSubscription } from './topic-subscription.ts';

/** The name under which an event's ID travels, so that it is the same at all routers. */
const publicationKey = 'publication';

/** The options of a testament's publication, and of any other. */
export interface PublicationRequest extends Arguments {
  readonly topic: string;
  readonly options: Dict;
}

/** The broker's half of the router: events between its clients, and between them and the mesh. */
export class Broker {
  readonly subscriptions: Subscriptions;
  readonly #context: RouterContext;
  readonly #retained: RetainedEvents;
  /** Who publishes, as the mesh is told. */
  readonly #self: { readonly participant: RouterContext };

  constructor(context: RouterContext) {
    this.#context = context;
    this.#self = { participant: context };
    this.#retained = new RetainedEvents(context);
    this.subscriptions = new Subscriptions(context, (subscription, event) => {
      if (!isReserved(event.topic) || isMetaPattern(subscription.pattern)) {
        subscription.deliver(this.#received(event));
      }
    });
  }

  onPublish(session: ClientSession, message: WampMessage<'publish'>): void {
    const { request, options } = message;
    const acknowledge = options['acknowledge'] === true;
    const failed = (error: unknown): void => {
      if (acknowledge) session.send({ ...failureOf(error), requestType: 'publish', request });
    };
    const published = (publication: number): void => {
      if (acknowledge) session.send({ type: 'published', request, publication });
    };
    try {
      const { id, done } = this.publish(session, message);
      if (done === undefined) {
        published(id);
        return;
      }
      const settled = done.then(
        () => published(id),
        (error: unknown) => {
          failed(error);
          if (acknowledge) return;
          this.#context.logger.warn({ error, topic: message.topic }, 'a publication failed');
        },
      );
      session.paceBy(settled, this.#context.settings.maxPublications);
    } catch (error) {
      failed(error);
    }
  }

  /**
   * Brings an event to the clients here at once, and to the mesh where somebody else may hear it: `done` settles when that has
   * taken it. Throws WampError.
   */
  publish(
    session: ClientSession,
    request: PublicationRequest,
  ): { id: number; done: Promise<void> | undefined } {
    const { topic, options, args, kwargs } = request;
    const { settings, mesh, random } = this.#context;
    checkUri(topic, settings.uriMode);
    if (isReserved(topic)) {
      throw new WampError(WampUri.invalidUri, [`${topic} is reserved for routers`]);
    }
    checkAllowed(this.#context, session, 'publish', topic);
    const retain = options['retain'] === true;
    const excluded = options['exclude_me'] === false ? undefined : session;
    const audience = Audience.of(retain && excluded ? alsoExcluding(options, session) : options);
    const publisher = options['disclose_me'] === true ? discloserOf(session) : undefined;
    const id = randomId(random);
    const retained = false;
    this.#deliver({ id, topic, args, kwargs, audience, publisher, excluded, retained });
    if (!retain && mesh.pubsub?.isHeard(topic, this.#self) === false) {
      return { id, done: undefined };
    }
    const done = mesh.publish(topic, valueOf({ args, kwargs }), {
      retain,
      ...this.#self,
      details: {
        [publicationKey]: id,
        ...audience?.options,
        ...discloserDetails(publisher, 'publisher'),
      },
    });
    return { id, done };
  }

  onSubscribe(session: ClientSession, message: WampMessage<'subscribe'>): void {
    const { request } = message;
    this.#subscribe(session, message).catch((error: unknown) => {
      session.send({ ...failureOf(error), requestType: 'subscribe', request });
    });
  }

  onUnsubscribe(session: ClientSession, message: WampMessage<'unsubscribe'>): void {
    const { request, subscription } = message;
    const pattern = this.subscriptions.get(subscription)?.pattern;
    if (pattern !== undefined && this.subscriptions.leave(session, subscription)) {
      this.#retained.leave(session, pattern);
      session.send({ type: 'unsubscribed', request });
      return;
    }
    const error = new WampError(WampUri.noSuchSubscription);
    session.send({ ...failureOf(error), requestType: 'unsubscribe', request });
  }

  /** Ends all that a session has begun. */
  leave(session: ClientSession): void {
    this.subscriptions.leaveAll(session);
    this.#retained.leaveAll(session);
  }

  /** Tells clients of all routers what the meta API has to say. */
  announce(topic: string, args: readonly unknown[]): void {
    const { mesh, random, logger } = this.#context;
    const event = { topic, args, kwargs: undefined, audience: undefined, publisher: undefined };
    const id = randomId(random);
    const publication = { ...event, id, excluded: undefined, retained: false };
    for (const subscription of this.subscriptions.match(topic)) {
      // Who asks for everything means what clients publish, and not what routers do.
      if (isMetaPattern(subscription.pattern)) subscription.deliver(publication);
    }
    if (mesh.pubsub?.isHeard(topic, this.#self) === false) return;
    mesh
      .publish(topic, args, { ...this.#self, details: { [publicationKey]: id } })
      .catch((error: unknown) => logger.debug({ error, topic }, 'a meta event went no further'));
  }

  stop(): void {
    this.#retained.stop();
  }

  async #subscribe(
    session: ClientSession,
    { request, topic, options }: WampMessage<'subscribe'>,
  ): Promise<void> {
    const pattern = patternOf(topic, options, this.#context.settings.uriMode);
    checkAllowed(this.#context, session, 'subscribe', topic);
    const subscription = await this.subscriptions.join(session, topic, pattern, ({ id }) =>
      session.send({ type: 'subscribed', request, subscription: id }),
    );
    this.#sendRetained(session, subscription, options);
  }

  #sendRetained(session: ClientSession, subscription: TopicSubscription, options: Dict): void {
    if (options['get_retained'] !== true || isMetaPattern(subscription.pattern)) return;
    // It may have left while the mesh was asked.
    if (!subscription.has(session)) return;
    this.#retained.fetch(session, subscription.pattern, (event) => {
      subscription.deliver(this.#received(event), [session]);
    });
  }

  #deliver(publication: Publication): void {
    for (const subscription of this.subscriptions.match(publication.topic)) {
      subscription.deliver(publication);
    }
  }

  #received(event: MeshEvent): Publication {
    const { details } = event;
    const id = details?.[publicationKey];
    return {
      ...trimmed(event),
      id: isId(id) ? id : randomId(this.#context.random),
      topic: event.topic,
      retained: event.retained,
      excluded: undefined,
      audience: details && Audience.of(details),
      publisher: discloserIn(details, 'publisher'),
    };
  }
}

/** What is kept is not for its publisher when it asks for that later, either. */
function alsoExcluding(options: Dict, { id }: ClientSession): Dict {
  const exclude = options['exclude'] ?? [];
  return {
    ...options,
    exclude: Array.isArray(exclude) ? [...(exclude as unknown[]), id] : exclude,
  };
}
