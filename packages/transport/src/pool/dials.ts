import {
  AbortedError,
  type Address,
  type Clock,
  type DialOptions,
  type Link,
  LinkCloseCode,
  type NodeId,
  NotRunningError,
  PeerUnreachableError,
} from '@macula/core';
import type { Backend } from '../backend.ts';
import type { Connection } from '../connection.ts';
import type { ManagedLink } from '../link/managed-link.ts';
import type { AddressBook } from './address-book.ts';
import { ConnectionRace, type RaceWinner } from './connection-race.ts';
import { Dial, type DialDependencies } from './dial.ts';
import { DialQueue } from './dial-queue.ts';
import { addressTarget, type DialTarget, peerTarget } from './dial-target.ts';
import { identifyPeer } from './identify-peer.ts';
import { type ResolveName, resolveAddresses } from './name-resolver.ts';
import type { PeerHealth } from './peer-health.ts';
import type { PoolMetrics } from './pool-metrics.ts';
import type { PoolLimits } from './pool-options.ts';
import { planRace } from './race-plan.ts';

export interface DialsDependencies {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly backends: () => readonly Backend[];
  readonly book: AddressBook;
  readonly health: PeerHealth;
  readonly metrics: PoolMetrics;
  readonly resolve: ResolveName;
  /** The open link to a peer. */
  openLink(peer: NodeId): ManagedLink | undefined;
  /** Puts a link on a connection and starts its greeting. */
  createLink(connection: Connection, peer: NodeId): ManagedLink;
}

/** The dials that are under way: one to a target, however many wait for it. */
export class Dials {
  private readonly deps: DialsDependencies;
  private readonly limits: PoolLimits;
  private readonly dialDeps: DialDependencies;
  private readonly byTarget = new Map<string, Dial>();
  /** Also dials to an address, once it is known who answers there. */
  private readonly byPeer = new Map<string, Dial>();

  constructor(deps: DialsDependencies, limits: PoolLimits) {
    this.deps = deps;
    this.limits = limits;
    this.dialDeps = {
      clock: deps.clock,
      queue: new DialQueue(limits.maxConcurrentDials, limits.maxQueuedDials),
      health: deps.health,
      greetingMs: limits.greetingMs,
      connect: (target, early, resolved, signal) => this.connect(target, early, resolved, signal),
      greet: (dial, winner) => this.greet(dial, winner),
      ended: (dial, error) => this.ended(dial, error),
    };
  }

  /** A link to `peer`, at the addresses that are known. Throws what `Links.link` throws. */
  toPeer(peer: NodeId, options: DialOptions): Promise<Link> {
    return this.join(
      peerTarget(peer, () => this.deps.book.addressesOf(peer)),
      options,
    );
  }

  /** A link to whoever is at `address`. */
  toAddress(address: Address, options: DialOptions): Promise<Link> {
    return this.join(addressTarget(address), options);
  }

  /** The dial to `peer` that is under way. */
  get(peer: NodeId): Dial | undefined {
    return this.byPeer.get(peer.key);
  }

  /** A link has opened: whoever dials its peer is content with it. */
  adopt(link: Link): void {
    this.byPeer.get(link.peer.key)?.adopt(link);
  }

  stop(): void {
    const stopped = new NotRunningError('the pool was stopped during the dial');
    for (const dial of [...this.byTarget.values()]) dial.abort(stopped);
  }

  private async join(target: DialTarget, options: DialOptions): Promise<Link> {
    const known = this.byTarget.get(target.key);
    if (known !== undefined) return known.join(options);
    if (options.signal?.aborted === true) {
      throw new AbortedError(`the dial to ${target.key} was aborted`, {
        cause: options.signal.reason,
      });
    }
    if (target.addresses().length === 0) {
      throw new PeerUnreachableError(
        `no address of ${target.key} is known: dial one, or wait for the directory or membership to tell`,
      );
    }
    this.deps.health.assertDialable(target.key);
    const dial = new Dial(this.dialDeps, target, options.early === true);
    this.byTarget.set(target.key, dial);
    if (target.peer !== undefined && !this.byPeer.has(target.peer.key)) {
      this.byPeer.set(target.peer.key, dial);
    }
    const link = dial.join(options);
    dial.start();
    return link;
  }

  private async connect(
    target: DialTarget,
    early: boolean,
    resolved: () => void,
    signal: AbortSignal,
  ): Promise<RaceWinner> {
    const { clock, backends, book, resolve, self } = this.deps;
    const { peer } = target;
    const errors: unknown[] = [];
    const addresses = await resolveAddresses(clock, resolve, target.addresses(), signal, errors);
    resolved();
    const preferred = peer === undefined ? 'quic' : book.protocolFor(peer);
    const plan = planRace(addresses, backends(), preferred, this.limits);
    const race = new ConnectionRace(
      { clock, identify: (connection) => identifyPeer(connection, self, peer) },
      plan,
      { what: target.key, signal, attemptMs: this.limits.attemptMs, early, sessionKey: peer?.key },
      errors,
    );
    return race.run();
  }

  private greet(dial: Dial, winner: RaceWinner): ManagedLink | Promise<Link> {
    const { connection } = winner;
    const { self } = this.deps;
    const expected = dial.target.peer;
    const peer = winner.proven ?? identifyPeer(connection, self, expected);
    const open = this.deps.openLink(peer);
    const other = this.byPeer.get(peer.key);
    if (open !== undefined || (other !== undefined && other !== dial)) {
      connection.close(LinkCloseCode.duplicate, 'there is another link with this peer');
      return open === undefined ? (other as Dial).join({}) : Promise.resolve(open);
    }
    this.byPeer.set(peer.key, dial);
    return this.deps.createLink(connection, peer);
  }

  private ended(dial: Dial, error: unknown): void {
    this.byTarget.delete(dial.target.key);
    for (const [peer, other] of this.byPeer) if (other === dial) this.byPeer.delete(peer);
    if (error === undefined) this.deps.metrics.dialSucceeded();
    else this.deps.metrics.dialFailed(error);
  }
}
