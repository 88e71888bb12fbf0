import {
  type Clock,
  type Logger,
  type Metrics,
  noMetrics,
  type Random,
  silentLogger,
  type Startable,
} from '@macula/core';
import { Broker } from './broker/broker.ts';
import { Dealer } from './dealer/dealer.ts';
import { WampUri } from './error-uri.ts';
import { ProtocolViolation, WampError } from './errors.ts';
import type { MeshPort } from './mesh-port.ts';
import type { WampMessage } from './message/message.ts';
import { MetaApi } from './meta/meta-api.ts';
import type { RouterContext } from './router-context.ts';
import { routerMetrics } from './router-metrics.ts';
import { routerSettings, type WampRouterOptions } from './router-options.ts';
import { ClientConnection } from './session/client-connection.ts';
import type { ClientSession } from './session/client-session.ts';
import { checkAnnounced } from './session/router-features.ts';
import type { SessionHost } from './session/session-host.ts';
import { SessionRegistry } from './session/session-registry.ts';
import type { SessionTransport } from './session/session-transport.ts';
import { isReserved } from './uri-rules.ts';
import { freshId } from './wamp-id.ts';

/** What a router stands on. */
export interface WampRouterDeps {
  /** The node whose mesh the router's clients are to be part of. */
  readonly mesh: MeshPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger | undefined;
  readonly metrics?: Metrics | undefined;
}

/** Where clients come in: a router, or several behind one door (`switchRealms`). */
export interface WampEntrance extends Startable {
  /** Takes on a client whose transport is open. */
  connect(transport: SessionTransport): WampConnection;
}

/** A WAMP router whose topics and procedures are those of a mesh. */
export interface WampRouter extends WampEntrance {
  /** Clients that have joined. */
  readonly sessions: number;
  /** Whether clients may name this realm when they join: it is the mesh's, or one of the aliases. */
  serves(realm: string): boolean;
}

/** A client, as its transport sees it. */
export interface WampConnection {
  /** Whether the router is done with it: what it sends now is nobody's. */
  readonly ended: boolean;
  /** One message of the client. Never throws. */
  receive(data: string | Uint8Array): void;
  /** The transport has ended. */
  lost(): void;
}

/** Makes a router. Throws InvalidArgumentError for options that cannot work. */
export function createWampRouter(
  deps: WampRouterDeps,
  options: WampRouterOptions = {},
): WampRouter {
  return new MeshRouter(deps, options);
}

class MeshRouter implements WampRouter {
  readonly #context: RouterContext;
  readonly #sessions = new SessionRegistry();
  readonly #connections = new Set<ClientConnection>();
  readonly #broker: Broker;
  readonly #dealer: Dealer;
  readonly #meta: MetaApi;
  readonly #host: SessionHost;
  #started: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(deps: WampRouterDeps, options: WampRouterOptions) {
    const { mesh, clock, random, logger = silentLogger, metrics = noMetrics } = deps;
    const settings = routerSettings(options);
    const context: RouterContext = {
      mesh,
      clock,
      random,
      logger,
      settings,
      metrics: routerMetrics(metrics, () => this.#sessions.size),
      announce: (topic, args) => this.#broker.announce(topic, args),
    };
    this.#context = context;
    this.#broker = new Broker(context);
    this.#dealer = new Dealer(context);
    this.#meta = new MetaApi(context, this.#sessions, this.#broker, this.#dealer);
    this.#host = {
      clock,
      logger,
      settings,
      metrics: context.metrics,
      handshake: {
        clock,
        random,
        serves: (realm) => this.serves(realm),
        authentication: settings.authentication,
      },
      newId: () => freshId(random, this.#sessions),
      join: (session) => this.#join(session),
      leave: (session) => this.#leave(session),
      dispatch: (session, message) => this.#dispatch(session, message),
    };
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  serves(realm: string): boolean {
    const { mesh, settings } = this.#context;
    const { realmAliases: aliases } = settings;
    if (realm === mesh.realm) return true;
    return typeof aliases === 'function' ? aliases(realm) : aliases.includes(realm);
  }

  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  connect(transport: SessionTransport): WampConnection {
    const connection = new ClientConnection(this.#host, transport);
    this.#connections.add(connection);
    if (this.#stopping !== undefined) connection.farewell(WampUri.systemShutdown);
    return {
      get ended() {
        return connection.state === 'closed';
      },
      receive: (data) => connection.receive(data),
      lost: () => {
        connection.lost();
        this.#connections.delete(connection);
      },
    };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    await this.#dealer.start();
    await this.#meta.start();
  }

  async #stop(): Promise<void> {
    for (const connection of this.#connections) connection.farewell(WampUri.systemShutdown);
    this.#broker.stop();
    await this.#meta.stop();
    await this.#dealer.stop();
  }

  #join(session: ClientSession): void {
    const { settings, metrics } = this.#context;
    if (this.#sessions.size >= settings.maxSessions) {
      throw new WampError(WampUri.unavailable, [
        `${settings.maxSessions} sessions are open already`,
      ]);
    }
    this.#sessions.add(session);
    metrics.joined.inc();
    this.#broker.announce('wamp.session.on_join', [session.details]);
  }

  #leave(session: ClientSession): void {
    this.#sessions.delete(session);
    this.#broker.leave(session);
    this.#dealer.leave(session);
    for (const testament of this.#meta.testaments.take(session)) this.#publish(session, testament);
    const { id, authid, authrole } = session;
    this.#broker.announce('wamp.session.on_leave', [id, authid, authrole]);
  }

  #publish(session: ClientSession, testament: Parameters<Broker['publish']>[1]): void {
    const { logger } = this.#context;
    const failed = (error: unknown): void => {
      logger.warn({ error, topic: testament.topic }, 'a testament could not be published');
    };
    try {
      this.#broker.publish(session, testament).done?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #dispatch(session: ClientSession, message: WampMessage): void {
    checkAnnounced(message);
    switch (message.type) {
      case 'publish':
        return this.#broker.onPublish(session, message);
      case 'subscribe':
        return this.#broker.onSubscribe(session, message);
      case 'unsubscribe':
        return this.#broker.onUnsubscribe(session, message);
      case 'call':
        if (isReserved(message.procedure)) return this.#meta.onCall(session, message);
        return this.#dealer.onCall(session, message);
      case 'cancel':
        return this.#dealer.onCancel(session, message);
      case 'register':
        return this.#dealer.onRegister(session, message);
      case 'unregister':
        return this.#dealer.onUnregister(session, message);
      case 'yield':
        return this.#dealer.onYield(session, message);
      case 'error':
        if (message.requestType === 'invocation') return this.#dealer.onError(session, message);
    }
    throw new ProtocolViolation(`a client that has joined must not send ${message.type}`);
  }
}
