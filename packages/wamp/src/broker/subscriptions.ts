import { type Pattern, PatternIndex, type Unsubscribe } from '@macula/core';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { MeshEvent } from '../mesh-port.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import { freshId } from '../wamp-id.ts';
import { TopicSubscription } from './topic-subscription.ts';

interface Entry {
  readonly subscription: TopicSubscription;
  readonly unindex: Unsubscribe;
  /** Settled when the mesh knows of it. */
  readonly ready: Promise<{ unsubscribe(): Promise<void> }>;
  /** Sessions that are in, or wait to be. */
  users: number;
}

/** Who subscribes to what at this router. Whatever pattern its clients share, the mesh is asked for it once. */
export class Subscriptions {
  readonly #context: RouterContext;
  readonly #onMeshEvent: (subscription: TopicSubscription, event: MeshEvent) => void;
  readonly #byKey = new Map<string, Entry>();
  readonly #byId = new Map<number, Entry>();
  readonly #bySession = new Map<ClientSession, Set<Entry>>();
  readonly #index = new PatternIndex<TopicSubscription>();

  constructor(
    context: RouterContext,
    onMeshEvent: (subscription: TopicSubscription, event: MeshEvent) => void,
  ) {
    this.#context = context;
    this.#onMeshEvent = onMeshEvent;
  }

  /** Resolves when the mesh knows of it. Throws WampError or what the mesh says. */
  async join(session: ClientSession, uri: string, pattern: Pattern): Promise<TopicSubscription> {
    const held = this.#bySession.get(session)?.size ?? 0;
    if (held >= this.#context.settings.maxSubscriptions) {
      throw new WampError(WampUri.unavailable, [`this session has ${held} subscriptions already`]);
    }
    const entry = this.#byKey.get(pattern.key) ?? this.#create(session, uri, pattern);
    entry.users++;
    try {
      await entry.ready;
    } catch (error) {
      this.#release(entry, session);
      throw error;
    }
    const { subscription } = entry;
    if (!session.open || subscription.sessions.has(session)) {
      this.#release(entry, session);
      return subscription;
    }
    subscription.sessions.add(session);
    const entries = this.#bySession.get(session);
    if (entries === undefined) this.#bySession.set(session, new Set([entry]));
    else entries.add(entry);
    this.#context.announce('wamp.subscription.on_subscribe', [session.id, subscription.id]);
    return subscription;
  }

  /** False when the session has no such subscription. */
  leave(session: ClientSession, id: number): boolean {
    const entry = this.#byId.get(id);
    if (entry === undefined || this.#bySession.get(session)?.delete(entry) !== true) return false;
    this.#remove(entry, session);
    return true;
  }

  /** Takes a session out of everything. */
  leaveAll(session: ClientSession): void {
    const entries = this.#bySession.get(session);
    this.#bySession.delete(session);
    if (entries !== undefined) for (const entry of entries) this.#remove(entry, session);
  }

  match(topic: string): TopicSubscription[] {
    return this.#index.match(topic);
  }

  get(id: number): TopicSubscription | undefined {
    return this.#byId.get(id)?.subscription;
  }

  find(pattern: Pattern): TopicSubscription | undefined {
    return this.#byKey.get(pattern.key)?.subscription;
  }

  *all(): Iterable<TopicSubscription> {
    for (const { subscription } of this.#byId.values()) yield subscription;
  }

  #create(session: ClientSession, uri: string, pattern: Pattern): Entry {
    const { random, clock, mesh, metrics, logger, announce } = this.#context;
    const subscription = new TopicSubscription({
      id: freshId(random, this.#byId),
      pattern,
      uri,
      match: pattern.match,
      created: new Date(clock.wallTime()).toISOString(),
      events: metrics.events,
      logger,
    });
    const ready = mesh.subscribe(
      pattern.text,
      (event) => this.#onMeshEvent(subscription, event),
      { match: pattern.match, participant: this.#context },
    );
    ready.catch(() => undefined);
    const unindex = this.#index.add(pattern, subscription);
    const entry: Entry = { subscription, unindex, ready, users: 0 };
    this.#byKey.set(pattern.key, entry);
    this.#byId.set(subscription.id, entry);
    announce('wamp.subscription.on_create', [session.id, subscription.details]);
    return entry;
  }

  #remove(entry: Entry, session: ClientSession): void {
    entry.subscription.sessions.delete(session);
    const { id } = entry.subscription;
    this.#context.announce('wamp.subscription.on_unsubscribe', [session.id, id]);
    this.#release(entry, session);
  }

  #release(entry: Entry, session: ClientSession): void {
    if (--entry.users > 0) return;
    const { subscription } = entry;
    entry.unindex();
    this.#byKey.delete(subscription.pattern.key);
    this.#byId.delete(subscription.id);
    this.#context.announce('wamp.subscription.on_delete', [session.id, subscription.id]);
    entry.ready
      .then((handle) => handle.unsubscribe())
      .catch((error: unknown) => {
        this.#context.logger.debug({ error }, 'a subscription had gone already');
      });
  }
}
