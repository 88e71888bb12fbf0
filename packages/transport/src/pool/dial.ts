import {
  AbortedError,
  type Clock,
  type DialOptions,
  type Link,
  LinkCloseCode,
  pause,
  withDeadline,
} from '@macula/core';
import { DuplicateLinkError } from '../errors.ts';
import type { ManagedLink } from '../link/managed-link.ts';
import type { RaceWinner } from './connection-race.ts';
import { dialChart, type DialEvent } from './dial-machine.ts';
import type { DialQueue } from './dial-queue.ts';
import type { DialTarget } from './dial-target.ts';
import { crossingWindowMs } from './duplicate-rule.ts';
import type { PeerHealth } from './peer-health.ts';
import { Settlement } from './settlement.ts';

/** Milliseconds that somebody waits for a dial who does not say otherwise. */
const defaultTimeoutMs = 10_000;

/** A link that was refused as a duplicate is dialled once more when its twin does not come. */
const maxRounds = 2;

export interface DialDependencies {
  readonly clock: Clock;
  readonly queue: DialQueue;
  readonly health: PeerHealth;
  /** Milliseconds that a greeting may take. */
  readonly greetingMs: number;
  /** Resolves names, calls `resolved`, and races addresses and protocols; with `early`, 0-RTT wins. */
  connect(
    target: DialTarget,
    early: boolean,
    resolved: () => void,
    signal: AbortSignal,
  ): Promise<RaceWinner>;
  /** Starts the greeting on the winner's connection; or closes it because another link with that peer is open or on its way, and gives that. */
  greet(dial: Dial, winner: RaceWinner): ManagedLink | Promise<Link>;
  /** The dial is over; called once. */
  ended(dial: Dial, error: unknown): void;
}

/** One dial, shared by everybody who waits for its target. It ends when nobody does any more. */
export class Dial {
  readonly target: DialTarget;
  readonly startedAt: number;
  private readonly deps: DialDependencies;
  private readonly wantsEarly: boolean;
  private state = dialChart.initial;
  private readonly abandon = new AbortController();
  private readonly open = new Settlement<Link>();
  private readonly early = new Settlement<Link>();
  private waiters = 0;
  /** The link that this dial is greeting on. */
  private own: Link | undefined;

  /** `wantsEarly`: whoever joins may get the link while it is in state `early`. */
  constructor(deps: DialDependencies, target: DialTarget, wantsEarly: boolean) {
    this.deps = deps;
    this.target = target;
    this.wantsEarly = wantsEarly;
    this.startedAt = deps.clock.now();
  }

  /** Whether a handshake with the target is complete, and the greeting under way. */
  get reached(): boolean {
    return this.state === 'greeting';
  }

  /** Starts working; to be called once. */
  start(): void {
    this.run().then(
      (link) => this.settle('greeted', link),
      (error: unknown) => this.abort(error),
    );
  }

  /** Waits for the link. Throws what the dial fails with, TimeoutError or AbortedError. */
  async join(options: DialOptions): Promise<Link> {
    const { timeout = defaultTimeoutMs, signal, early = false } = options;
    this.waiters += 1;
    try {
      const link = early ? this.early.promise : this.open.promise;
      const what = `the dial to ${this.target.key}`;
      return await withDeadline(this.deps.clock, link, { timeout, signal, what });
    } catch (error) {
      if (this.waiters === 1) this.abort(error);
      throw error;
    } finally {
      this.waiters -= 1;
    }
  }

  /** A link with the peer has opened, by this dial or in another way. */
  adopt(link: Link): void {
    this.settle(link === this.own ? 'greeted' : 'adopted', link);
  }

  /** Gives up; everybody who still waits gets `error`. */
  abort(error: unknown): void {
    if (this.open.settled) return;
    this.advance('failed');
    this.early.reject(error);
    this.open.reject(error);
    this.finish(error);
    this.abandon.abort(error);
  }

  private settle(event: 'adopted' | 'greeted', link: Link): void {
    if (this.open.settled) return;
    this.advance(event);
    this.early.resolve(link);
    this.open.resolve(link);
    this.finish(undefined);
    // What has led to a link of its own is about to end by itself.
    if (event === 'adopted') this.abandon.abort(new AbortedError('a link with the peer is open'));
  }

  private finish(error: unknown): void {
    const { key } = this.target;
    if (error === undefined) this.deps.health.succeeded(key);
    // Who lost interest says nothing about the peer.
    else if (!(error instanceof AbortedError)) this.deps.health.failed(key, error);
    this.deps.ended(this, error);
  }

  private async run(): Promise<Link> {
    const { clock, health, queue } = this.deps;
    const { signal } = this.abandon;
    await pause(clock, health.delayOf(this.target.key), signal);
    this.advance('due');
    const release = await queue.enter(signal);
    try {
      this.advance('admitted');
      return await this.connectAndGreet(signal);
    } finally {
      release();
    }
  }

  private async connectAndGreet(signal: AbortSignal): Promise<Link> {
    for (let round = 1; ; round += 1) {
      const resolved = (): void => this.advance('resolved');
      const winner = await this.deps.connect(this.target, this.wantsEarly, resolved, signal);
      this.advance('connected');
      try {
        const link = this.deps.greet(this, winner);
        if (link instanceof Promise) return await link;
        if (!winner.connection.confirmed) this.early.resolve(link);
        return await this.greeted(link, signal);
      } catch (error) {
        if (!(error instanceof DuplicateLinkError) || round === maxRounds) throw error;
      }
      this.advance('refusedAsDuplicate');
      // The twin is adopted when it comes, which ends this wait.
      await pause(this.deps.clock, crossingWindowMs, signal);
      this.advance('twinMissing');
    }
  }

  private async greeted(link: ManagedLink, signal: AbortSignal): Promise<Link> {
    this.own = link;
    try {
      const timeout = this.deps.greetingMs;
      const what = `the greeting with ${link.peer.key}`;
      await withDeadline(this.deps.clock, link.ready, { timeout, signal, what });
      return link;
    } catch (error) {
      if (link.state === 'early') link.abort(LinkCloseCode.none, 'the dial was given up');
      throw error;
    }
  }

  private advance(event: DialEvent['type']): void {
    this.state = dialChart.next(this.state, event);
  }
}
