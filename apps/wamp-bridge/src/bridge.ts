import { isDeepStrictEqual } from 'node:util';
import {
  type Clock,
  type Logger,
  type Metrics,
  noMetrics,
  type Random,
  silentLogger,
} from '@macula/core';
import type { MaculaNode } from '@macula/node';
import { EventLane, type EventLaneDeps } from './buffer/event-lane.ts';
import { Suspects } from './buffer/suspects.ts';
import type { BridgeConfig } from './config/bridge-schema.ts';
import type { BridgeContext } from './crossing/bridge-context.ts';
import { Crossings, type Rules, rulesOf } from './crossing/crossings.ts';
import { carriedNews, type CarriedNews } from './duty/carried-news.ts';
import { ComingUp } from './duty/coming-up.ts';
import { EventCarrier } from './duty/event-carrier.ts';
import { Fellowship } from './duty/fellowship.ts';
import { RollCall } from './duty/roll-call.ts';
import { meshPublisher } from './mesh/publish-to-mesh.ts';
import { MeshReach } from './mesh/mesh-reach.ts';
import { type BridgeHealth, healthOf } from './observe/bridge-health.ts';
import { BridgeTally, type WayTally } from './observe/bridge-tally.ts';
import { CountedMetrics } from './observe/counted.ts';
import { RouterCatalogue, type RouterTable } from './router/router-catalogue.ts';
import { RouterGoneError } from './router/router-errors.ts';
import type { ConnectRouter } from './router/router-session.ts';
import { Uplink } from './router/uplink.ts';

export interface BridgeDeps {
  /** A node that has been started; whoever made it stops it. */
  readonly node: MaculaNode;
  readonly connect: ConnectRouter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** Milliseconds that a bridge which stops waits for what it has sent to be acknowledged. */
const drainMs = 2_000;

/** Joins a WAMP router and a mesh. */
export class Bridge {
  readonly #deps: BridgeDeps & { readonly logger: Logger };
  readonly #counted: CountedMetrics;
  readonly #uplink: Uplink;
  readonly #fellowship: Fellowship;
  readonly #rollCall: RollCall;
  readonly #comingUp: ComingUp;
  readonly #reach: MeshReach;
  readonly #lanes: { readonly toMesh: EventLane; readonly toRouter: EventLane };
  readonly #context: BridgeContext;
  readonly #crossings: Crossings;
  #news: CarriedNews | undefined;
  #config: BridgeConfig;
  #rules: Rules;
  #stopping: Promise<void> | undefined;

  constructor(deps: BridgeDeps, config: BridgeConfig) {
    const logger = deps.logger ?? silentLogger;
    const { node, clock, random } = deps;
    this.#deps = { ...deps, logger };
    this.#config = config;
    this.#rules = rulesOf(config);
    this.#counted = new CountedMetrics(deps.metrics ?? noMetrics);
    const tally = new BridgeTally(this.#counted);
    this.#uplink = new Uplink(
      { connect: deps.connect, clock, random, logger },
      config.router.retry,
    );
    this.#fellowship = new Fellowship(node, clock, config.group);
    this.#rollCall = new RollCall({
      ...{ uplink: this.#uplink, realm: node.realm, group: config.group, self: node.id.key },
      onPresent: (fellow, session) => this.#fellowship.present(fellow, session),
      onAnew: () => this.#comeUpAnew(),
    });
    this.#comingUp = new ComingUp({
      ...{ clock, logger, fellowship: this.#fellowship, rollCall: this.#rollCall },
      settleMs: () => this.#config.router.settleMs,
    });
    this.#reach = new MeshReach({
      ...{ node, clock, expectsOthers: config.mesh.bootstrap.length > 0 },
      settleMs: () => this.#config.router.settleMs,
    });
    this.#lanes = {
      toMesh: this.#lane(tally.toMesh, {
        send: meshPublisher({ node, clock, random }, () => this.#config.buffer.maxAgeMs),
        isAway: () => false,
      }),
      toRouter: this.#lane(tally.toRouter, {
        send: ({ topic, args, kwargs }) => {
          const { session } = this.#uplink;
          return session === undefined
            ? Promise.reject(new RouterGoneError('the router is away'))
            : session.publish(topic, { args, kwargs });
        },
        isAway: (error) => error instanceof RouterGoneError,
        suspects: new Suspects(),
      }),
    };
    this.#context = {
      ...{ node, logger, tally, uplink: this.#uplink, fellowship: this.#fellowship },
      reach: this.#reach,
      dialect: config.router.dialect,
      toMesh: this.#carrier('to_mesh', this.#lanes.toMesh),
      toRouter: this.#carrier('to_router', this.#lanes.toRouter),
      events: () => this.#rules.events,
      procedures: () => this.#rules.procedures,
      subscriptions: this.#catalogue('subscription'),
      registrations: this.#catalogue('registration'),
    };
    this.#crossings = new Crossings(this.#context);
    this.#observe();
  }

  /** Resolves when the rules are at work on the mesh's side; the router is joined as soon as it lets the bridge in. */
  async start(): Promise<void> {
    const { node } = this.#deps;
    this.#uplink.onSession((session) => {
      // Fellows may have come back, too: what the router brings from now on waits until it is clear who carries it.
      this.#lanes.toMesh.pause();
      this.#fellowship.joined(session.id);
    });
    this.#uplink.onLost(() => {
      this.#comingUp.abort();
      this.#lanes.toRouter.close();
      void this.#fellowship.lost();
    });
    this.#uplink.onState((state) => {
      if (state === 'connected') this.#settle();
    });
    this.#fellowship.onRival(() => {
      const { session } = this.#uplink;
      if (session === undefined) return;
      this.#rollCall.anew(session).then(
        () => this.#comeUpAnew(),
        () => this.#comeUpAnew(),
      );
    });
    this.#fellowship.onChange(() => {
      this.#crossings.reconsider();
      this.#context.subscriptions?.reconsider();
      this.#context.registrations?.reconsider();
    });
    this.#reach.onChange((there) => {
      if (!there) {
        this.#lanes.toMesh.close();
        return;
      }
      if (this.#fellowship.isUp) this.#lanes.toMesh.open();
      this.#crossings.reconsider();
    });
    this.#news = await carriedNews(node, this.#config.group, (way, digests) => {
      (way === 'to_mesh' ? this.#context.toMesh : this.#context.toRouter).carried(digests);
    });
    await this.#crossings.apply(this.#rules);
    this.#uplink.start();
  }

  /** Puts a new configuration's rules and limits to work; what connects the bridge stays as it is, and `later` names what of it has changed. */
  async reconfigure(
    config: BridgeConfig,
  ): Promise<{ added: number; removed: number; later: string[] }> {
    const { router, mesh, group, http } = this.#config;
    const fixed = { router, mesh, group, http };
    const later = Object.entries(fixed).flatMap(([key, value]) =>
      isDeepStrictEqual(value, config[key as keyof typeof fixed]) ? [] : [key],
    );
    this.#config = { ...config, ...fixed };
    this.#rules = rulesOf(config);
    const { toMesh, toRouter } = this.#context;
    for (const limited of [this.#lanes.toMesh, this.#lanes.toRouter, toMesh, toRouter]) {
      limited.setLimits(config.buffer);
    }
    return { ...(await this.#crossings.apply(this.#rules)), later };
  }

  health(): BridgeHealth {
    const { uplink, fellowship, toMesh, toRouter } = this.#context;
    return healthOf({
      ...{ node: this.#deps.node, uplink, fellowship, counted: this.#counted },
      ...{ crossings: this.#crossings, reachesMesh: this.#reach.there },
      toMesh: { lane: this.#lanes.toMesh, shadowed: toMesh.shadowed },
      toRouter: { lane: this.#lanes.toRouter, shadowed: toRouter.shadowed },
    });
  }

  /** Withdraws from both sides; the node goes on. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#comingUp.abort();
    await this.#crossings.close();
    await this.#context.subscriptions?.close();
    await this.#context.registrations?.close();
    // What is on its way arrives, so that a fellow need not carry it again.
    const lanes = [this.#lanes.toMesh, this.#lanes.toRouter];
    await Promise.all(lanes.map((lane) => lane.settled(() => true, drainMs)));
    await this.#fellowship.lost();
    await Promise.all([this.#context.toMesh.stop(), this.#context.toRouter.stop()]);
    await this.#uplink.stop();
    this.#lanes.toMesh.stop();
    this.#lanes.toRouter.stop();
    this.#reach.stop();
    this.#fellowship.stop();
    await this.#news?.stop();
    this.#counted.release();
  }

  /**
   * Between joining the router and carrying anything: others who were away need a moment, too, as what they are not there for would
   * be lost; publishers have to learn of this bridge; and fellows of each other.
   */
  #settle(): void {
    const { session } = this.#uplink;
    if (session === undefined || this.#fellowship.isUp) return;
    this.#comingUp.begin(session, () => this.#cameUp());
  }

  #cameUp(): void {
    this.#context.toMesh.leaveToFellows();
    this.#context.toRouter.leaveToFellows();
    this.#fellowship.cameUp();
    this.#lanes.toRouter.open();
    if (this.#reach.there) this.#lanes.toMesh.open();
  }

  /** A fellow has carried, too: both find out again who carries what. */
  #comeUpAnew(): void {
    if (!this.#fellowship.isUp) return;
    this.#lanes.toMesh.pause();
    this.#lanes.toRouter.pause();
    this.#fellowship.stepDown();
    this.#settle();
  }

  #lane(tally: WayTally, ways: Pick<EventLaneDeps, 'send' | 'isAway' | 'suspects'>): EventLane {
    return new EventLane(
      {
        ...ways,
        clock: this.#deps.clock,
        onCrossed: (_, waitedMs) => {
          tally.crossed.inc();
          tally.latency.observe(waitedMs / 1_000);
        },
        onDropped: (event, reason) => {
          tally.dropped[reason].inc();
          const level = reason === 'fatal' ? 'warn' : 'debug';
          this.#deps.logger[level]({ topic: event.topic, reason }, 'an event did not cross');
        },
      },
      this.#config.buffer,
    );
  }

  #carrier(way: 'to_mesh' | 'to_router', lane: EventLane): EventCarrier {
    const { clock } = this.#deps;
    const tell = (digests: readonly string[]): Promise<void> =>
      this.#news?.tell(way, digests) ?? Promise.resolve();
    return new EventCarrier(
      { clock, lane, fellowship: this.#fellowship, tell },
      this.#config.buffer,
    );
  }

  #catalogue(table: RouterTable): RouterCatalogue | undefined {
    const { dialect, realm } = this.#config.router;
    if (dialect === 'static') return undefined;
    const kind = table === 'subscription' ? 'events' : 'procedures';
    return new RouterCatalogue(table, {
      uplink: this.#uplink,
      clock: this.#deps.clock,
      logger: this.#deps.logger,
      leadingArgs: dialect === 'bondy' ? [realm] : [],
      isOurs: (session) => this.#fellowship.isOurs(session),
      onChange: () => void this.#crossings.update(kind, 'to-router'),
    });
  }

  #observe(): void {
    const prefix = 'macula_wamp_bridge';
    const ways = { to_mesh: this.#lanes.toMesh, to_router: this.#lanes.toRouter };
    for (const [direction, lane] of Object.entries(ways)) {
      this.#counted.observedGauge(
        { name: `${prefix}_events_waiting`, help: 'Events in the buffer', labels: { direction } },
        () => lane.counts.waiting,
      );
    }
    this.#counted.observedGauge(
      { name: `${prefix}_router_connected`, help: '1 while the router can be used' },
      () => (this.#uplink.session === undefined ? 0 : 1),
    );
    this.#counted.observedGauge(
      { name: `${prefix}_works`, help: '1 while this bridge carries its share of the topics' },
      () => (this.#fellowship.works ? 1 : 0),
    );
  }
}
