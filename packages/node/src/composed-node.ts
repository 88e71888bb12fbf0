import {
  type Address,
  formatAddress,
  type Member,
  type MembershipChange,
  type NodeId,
  type Realm,
  type Unsubscribe,
} from '@macula/core';
import type {
  EventHandler,
  EventStream,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from '@macula/pubsub';
import type {
  CallHandler,
  CallOptions,
  CallStream,
  RegisterOptions,
  Registration,
  StreamHandler,
  StreamOptions,
} from '@macula/rpc';
import type { WampServer } from '@macula/wamp';
import { type JoinOptions, whenJoined } from './join-wait.ts';
import type { MaculaNode } from './macula-node.ts';
import type { MeshLayers } from './mesh-layers.ts';
import type { NodeHealth } from './node-health.ts';
import type { NodeSettings } from './node-settings.ts';
import { OpenHandles } from './open-handles.ts';
import { RunningHandlers } from './running-handlers.ts';
import { stopAll } from './stop-all.ts';
import { serveWampClients } from './wamp-clients.ts';

/** A node as its users see it, over its layers. */
export class ComposedNode implements MaculaNode {
  readonly realm: Realm;
  readonly links: MeshLayers['links'];
  readonly membership: MeshLayers['membership'];
  readonly directory: MeshLayers['directory'];
  readonly pubsub: MeshLayers['pubsub'];
  readonly rpc: MeshLayers['rpc'];
  readonly #layers: MeshLayers;
  readonly #settings: NodeSettings;
  readonly #handles = new OpenHandles();
  readonly #running: RunningHandlers;
  readonly #startedAt: number;
  #wamp: WampServer | undefined;
  #stopped: Promise<void> | undefined;

  constructor(settings: NodeSettings, layers: MeshLayers) {
    this.#settings = settings;
    this.#layers = layers;
    this.#running = new RunningHandlers(settings.clock);
    this.#startedAt = settings.clock.now();
    this.realm = settings.realm;
    this.links = layers.links;
    this.membership = layers.membership;
    this.directory = layers.directory;
    this.pubsub = layers.pubsub;
    this.rpc = layers.rpc;
  }

  get id(): NodeId {
    return this.links.self;
  }

  get addresses(): readonly Address[] {
    return this.links.localAddresses;
  }

  get wamp(): WampServer | undefined {
    return this.#wamp;
  }

  /** Serves WAMP clients, if the settings say so. Throws InvalidArgumentError where the port cannot be listened on. */
  async serveWamp(): Promise<void> {
    this.#wamp = await serveWampClients(this, this.#settings);
  }

  publish(topic: string, value?: unknown, options?: PublishOptions): Promise<void> {
    return this.pubsub.publish(topic, value, options);
  }

  subscribe(
    pattern: string,
    handler: EventHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  subscribe(pattern: string, options?: SubscribeOptions): Promise<EventStream>;
  async subscribe(
    pattern: string,
    handlerOrOptions?: EventHandler | SubscribeOptions,
    options?: SubscribeOptions,
  ): Promise<Subscription | EventStream> {
    return this.#handles.subscribed(
      typeof handlerOrOptions === 'function'
        ? await this.pubsub.subscribe(pattern, handlerOrOptions, options)
        : await this.pubsub.subscribe(pattern, handlerOrOptions),
    );
  }

  async register(
    procedure: string,
    handler: CallHandler,
    options?: RegisterOptions,
  ): Promise<Registration> {
    const counted = typeof handler === 'function' ? this.#running.counted(handler) : handler;
    return this.#handles.registered(await this.rpc.register(procedure, counted, options));
  }

  call(procedure: string, value?: unknown, options?: CallOptions): Promise<unknown> {
    return this.rpc.call(procedure, value, options);
  }

  async registerStream(
    procedure: string,
    handler: StreamHandler,
    options?: RegisterOptions,
  ): Promise<Registration> {
    return this.#handles.registered(await this.rpc.registerStream(procedure, handler, options));
  }

  openStream(procedure: string, value?: unknown, options?: StreamOptions): Promise<CallStream> {
    return this.rpc.openStream(procedure, value, options);
  }

  members(): readonly Member[] {
    return [...this.membership.members()];
  }

  onMembership(listener: (change: MembershipChange) => void): Unsubscribe {
    return this.membership.onChange(listener);
  }

  setMetadata(metadata: Readonly<Record<string, string>>): void {
    this.membership.setMetadata(metadata);
  }

  joined(options?: JoinOptions): Promise<void> {
    return whenJoined(this.#layers, this.#settings.clock, options);
  }

  health(): NodeHealth {
    const members = this.members();
    const alive = members.filter(({ status }) => status === 'alive').length;
    const running = this.#stopped === undefined;
    const { announced, entries, ...directory } = this.directory.state;
    return {
      status: !running ? 'stopped' : alive > 0 ? 'joined' : 'alone',
      id: this.id.key,
      realm: this.realm,
      addresses: this.addresses.map(formatAddress),
      uptime: (this.#settings.clock.now() - this.#startedAt) / 1_000,
      links: [...this.links.all()].length,
      members: { alive, suspect: members.length - alive, probed: this.membership.neighbours },
      localHealth: this.membership.localHealth,
      directory: { self: announced, peers: Math.max(0, entries - announced), ...directory },
      subscriptions: this.#handles.subscriptions,
      registrations: this.#handles.registrations,
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { logger, metrics } = this.#settings;
    await stopAll(
      [
        // What WAMP clients leave behind, the node publishes yet.
        ['WAMP clients', () => this.#wamp?.stop()],
        ['registrations', () => this.#handles.unregisterAll()],
        ['handlers', () => this.#drain()],
        ['layers', () => this.#layers.stop()],
      ],
      logger,
    );
    this.#handles.clear();
    metrics.release();
    logger.info({ node: this.id.key }, 'node stopped');
  }

  async #drain(): Promise<void> {
    const { drainTimeout, logger } = this.#settings;
    await this.#running.idle(drainTimeout);
    const { count } = this.#running;
    if (count > 0) logger.warn({ handlers: count }, 'stopping while call handlers are at work');
  }
}
