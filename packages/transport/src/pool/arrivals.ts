import { LinkCloseCode, type Logger, type NodeId, type Timer, type TimerWheel } from '@macula/core';
import type { Connection } from '../connection.ts';
import type { ManagedLink } from '../link/managed-link.ts';
import { AddressQuota } from './address-quota.ts';
import { identifyPeer } from './identify-peer.ts';
import type { PoolMetrics } from './pool-metrics.ts';
import type { PoolLimits } from './pool-options.ts';

export interface ArrivalsDependencies {
  readonly self: NodeId;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly metrics: PoolMetrics;
  /** Puts a link on a connection and starts its greeting. */
  createLink(connection: Connection, peer: NodeId): ManagedLink;
}

/** Connections that peers have made, from the handshake until their link is open or refused. */
export class Arrivals {
  private readonly deps: ArrivalsDependencies;
  private readonly greetingMs: number;
  private readonly quota: AddressQuota;
  private readonly greeting = new Map<ManagedLink, Timer>();

  constructor(deps: ArrivalsDependencies, limits: PoolLimits) {
    this.deps = deps;
    this.greetingMs = limits.greetingMs;
    this.quota = new AddressQuota(limits.maxGreetingsPerAddress, limits.maxGreetings);
  }

  /** Takes a connection in, or closes it. */
  arrived(connection: Connection): void {
    const release = this.quota.take(connection.remoteAddress.host);
    if (release === undefined) {
      this.refuse(connection, LinkCloseCode.overloaded, 'too many links are being greeted');
      return;
    }
    const peer = this.identify(connection);
    if (peer === undefined) release();
    else this.greet(this.deps.createLink(connection, peer), release);
  }

  stop(): void {
    for (const link of [...this.greeting.keys()]) {
      link.abort(LinkCloseCode.shutdown, 'this node is stopping');
    }
  }

  private identify(connection: Connection): NodeId | undefined {
    try {
      return identifyPeer(connection, this.deps.self, undefined);
    } catch (error) {
      const { message } = error as Error;
      this.refuse(connection, LinkCloseCode.wrongIdentity, message);
      return undefined;
    }
  }

  private refuse(connection: Connection, code: LinkCloseCode, message: string): void {
    this.deps.metrics.arrivalRefused(code);
    connection.close(code, message);
  }

  private greet(link: ManagedLink, release: () => void): void {
    const timer = this.deps.timers.schedule(
      () => link.abort(LinkCloseCode.silent, `the greeting took longer than ${this.greetingMs} ms`),
      this.greetingMs,
    );
    this.greeting.set(link, timer);
    let settled = false;
    const settle = (): void => {
      settled = true;
      timer.cancel();
      this.greeting.delete(link);
      release();
    };
    link.onClose(({ code, message }) => {
      if (settled) return;
      settle();
      this.deps.metrics.arrivalRefused(code);
      this.deps.logger.info(
        { peer: link.peer.key, code, reason: message },
        'a link was not opened',
      );
    });
    link.ready.then(settle, () => undefined);
  }
}
