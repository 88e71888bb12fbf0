import {
  type Address,
  type Clock,
  type DialOptions,
  type FrameHandler,
  InvalidArgumentError,
  type Link,
  LinkCloseCode,
  type Links,
  type Logger,
  type Metrics,
  type NodeId,
  NotRunningError,
  type Random,
  type RequestHandler,
  type Startable,
  type StreamHandler,
  type TimerWheel,
  type Unsubscribe,
} from '@macula/core';
import type { Backend } from '../backend.ts';
import { SelfDialError } from '../errors.ts';
import type { GreetingDialogue } from '../greeting/greeting-step.ts';
import type { CreateLink } from '../link/managed-link.ts';
import { AddressBook } from './address-book.ts';
import { Arrivals } from './arrivals.ts';
import { Dials } from './dials.ts';
import { HandlerTable } from './handler-table.ts';
import { KeepAlive } from './keep-alive.ts';
import { LinkTable } from './link-table.ts';
import type { ResolveName } from './name-resolver.ts';
import { OpenLinks } from './open-links.ts';
import { PeerHealth } from './peer-health.ts';
import { PoolMetrics } from './pool-metrics.ts';
import { type PoolLimits, poolLimits, type PoolOptions } from './pool-options.ts';
import { PoolPulse } from './pool-pulse.ts';

export interface LinkPoolDependencies {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  /** Timers of the pool and its links; stopped with the pool. */
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Starts the ways to make connections, when the pool starts; the pool stops them. */
  readonly openBackends: () => Promise<readonly Backend[]>;
  readonly createLink: CreateLink;
  /** A fresh greeting with a peer. */
  readonly greeting: (peer: NodeId, initiator: boolean) => GreetingDialogue;
  readonly resolve: ResolveName;
  /** Where this node can be dialled, best first. */
  readonly localAddresses: () => readonly Address[];
}

/** The links of one node: at most one to each peer, dialled on demand, given up when unused (see `Links`). */
export class LinkPool implements Links, Startable {
  readonly self: NodeId;
  private readonly deps: LinkPoolDependencies;
  private readonly limits: PoolLimits;
  private readonly metrics: PoolMetrics;
  private readonly handlers: HandlerTable;
  private readonly table = new LinkTable();
  private readonly book: AddressBook;
  private readonly keepAlive: KeepAlive;
  private readonly pulse: PoolPulse;
  private readonly links: OpenLinks;
  private readonly dials: Dials;
  private readonly arrivals: Arrivals;
  private readonly unsubscribes: Unsubscribe[] = [];
  private backends: readonly Backend[] = [];
  private running = false;
  private stopped: Promise<void> | undefined;

  /** Throws InvalidArgumentError for options that make no sense. */
  constructor(deps: LinkPoolDependencies, options: PoolOptions = {}) {
    const { self, clock, random, logger, timers, createLink, greeting, resolve } = deps;
    const limits = poolLimits(options);
    this.self = self;
    this.deps = deps;
    this.limits = limits;
    this.metrics = new PoolMetrics(deps.metrics);
    this.handlers = new HandlerTable(deps.metrics);
    this.book = new AddressBook(clock, limits.maxKnownPeers);
    this.keepAlive = new KeepAlive(limits);
    this.pulse = new PoolPulse(clock, (now, asleep) => this.look(now, asleep));
    const { book, handlers, metrics, table } = this;
    this.links = new OpenLinks(
      {
        ...{ self, clock, logger, metrics, table, book, handlers, createLink, greeting },
        dials: { get: (peer) => this.dials.get(peer), adopt: (link) => this.dials.adopt(link) },
        onFirst: () => this.pulse.start(),
      },
      limits,
    );
    const create: OpenLinks['create'] = (connection, peer) => this.links.create(connection, peer);
    this.dials = new Dials(
      {
        ...{ self, clock, book, metrics, resolve, createLink: create },
        backends: () => this.backends,
        health: new PeerHealth(clock, random, {
          breakerThreshold: limits.breakerThreshold,
          breakerResetMs: limits.breakerResetMs,
          backoff: { baseMs: limits.backoffBaseMs, maxMs: limits.backoffMaxMs },
          maxTargets: limits.maxKnownPeers,
        }),
        openLink: (peer) => table.get(peer),
      },
      limits,
    );
    this.arrivals = new Arrivals({ self, timers, logger, metrics, createLink: create }, limits);
  }

  get localAddresses(): readonly Address[] {
    return this.deps.localAddresses();
  }

  async start(): Promise<void> {
    if (this.stopped !== undefined) throw new NotRunningError('a pool cannot be started again');
    this.backends = await this.deps.openBackends();
    for (const backend of this.backends) {
      this.unsubscribes.push(backend.onConnection((made) => this.arrivals.arrived(made)));
    }
    this.running = true;
  }

  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  async link(peer: NodeId, options: DialOptions = {}): Promise<Link> {
    this.assertRunning();
    if (peer.equals(this.self)) throw new SelfDialError('a node has no link to itself');
    const open = this.table.get(peer);
    if (open !== undefined) return open;
    this.links.assertRoom();
    return this.dials.toPeer(peer, options);
  }

  get(peer: NodeId): Link | undefined {
    return this.table.get(peer);
  }

  all(): Iterable<Link> {
    return this.table.all();
  }

  async dial(
    address: Address,
    options: DialOptions & { readonly expected?: NodeId } = {},
  ): Promise<Link> {
    this.assertRunning();
    const { expected, ...rest } = options;
    if (address.port < 1 || address.port > 65_535 || !Number.isInteger(address.port)) {
      throw new InvalidArgumentError(`port ${address.port} cannot be dialled`);
    }
    if (expected !== undefined) {
      const before = this.dials.get(expected);
      this.book.prefer(expected, address);
      const link = this.link(expected, rest);
      // A dial that was under way does not know this address.
      return before === undefined ? link : link.catch(() => this.link(expected, rest));
    }
    this.links.assertRoom();
    return this.dials.toAddress(address, rest);
  }

  learn(peer: NodeId, addresses: readonly Address[]): void {
    this.book.learn(peer, addresses);
  }

  pin(peer: NodeId): Unsubscribe {
    return this.table.pin(peer);
  }

  onLink(listener: (link: Link) => void): Unsubscribe {
    return this.links.onLink(listener);
  }

  handle(kind: number, handler: FrameHandler): Unsubscribe {
    return this.handlers.handle(kind, handler);
  }

  handleRequest(kind: number, handler: RequestHandler): Unsubscribe {
    return this.handlers.handleRequest(kind, handler);
  }

  handleStream(kind: number, handler: StreamHandler): Unsubscribe {
    return this.handlers.handleStream(kind, handler);
  }

  private async shutDown(): Promise<void> {
    this.running = false;
    this.pulse.stop();
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    this.dials.stop();
    this.arrivals.stop();
    const goodbye = 'this node is stopping';
    await Promise.all(this.table.all().map((link) => link.close(LinkCloseCode.shutdown, goodbye)));
    await Promise.all(this.backends.map((backend) => backend.stop()));
    this.deps.timers.stop();
  }

  /** Looks after every open link; returns whether there are any. */
  private look(now: number, asleep: boolean): boolean {
    if (asleep) this.keepAlive.forgive();
    for (const link of this.table.all()) {
      const watched = this.table.isWatched(link);
      this.metrics.traffic(link);
      if (!watched && now - link.lastUsedAt >= this.limits.idleMs) {
        this.keepAlive.forget(link);
        void link.close(LinkCloseCode.idle, 'the link was not used for a while');
      } else {
        this.keepAlive.check(link, watched, now);
      }
    }
    return this.table.size > 0;
  }

  private assertRunning(): void {
    if (!this.running) {
      throw new NotRunningError('the pool is not running: call start() first');
    }
  }
}
