import type { SecureContext } from 'node:tls';
import {
  type Address,
  type Clock,
  LinkCloseCode,
  Listeners,
  type Metrics,
  noMetrics,
  NotRunningError,
  type Unsubscribe,
} from '@macula/core';
import type { Backend, BackendDialOptions } from '../backend.ts';
import type { Connection } from '../connection.ts';
import type { HandshakeBudget } from '../handshake-budget.ts';
import type { Http2Connection } from './http2-connection.ts';
import { dialTcp } from './tcp-dial.ts';
import { TcpListener } from './tcp-listener.ts';
import { diallerContext, type TlsIdentity } from './tls-options.ts';

export interface TcpBackendDependencies {
  readonly identity: TlsIdentity;
  readonly clock: Clock;
  /** Shared with the other protocols of this node. */
  readonly budget: HandshakeBudget;
  readonly metrics?: Metrics;
}

export interface TcpBackendOptions {
  /** Address to listen on. Default `::`, which is IPv4 and IPv6. */
  readonly host?: string;
  /** Port to listen on; 0 lets the system choose. Default 0. */
  readonly port?: number;
  /** Milliseconds that a peer has from its first packet to a usable connection. Default 5,000. */
  readonly handshakeTimeoutMs?: number;
  /** Accepted sockets that may be in a handshake at once; more are refused. Default 256. */
  readonly maxPending?: number;
  /** Connections that may be open at once, in both directions; more are refused. Default 4,096. */
  readonly maxConnections?: number;
}

/** Links over TLS 1.3 on TCP, multiplexed by HTTP/2: for networks where UDP does not get through. */
export class TcpBackend implements Backend {
  readonly protocol = 'tcp';
  private readonly identity: TlsIdentity;
  private readonly clock: Clock;
  private readonly maxConnections: number;
  private readonly listener: TcpListener;
  private readonly listeners = new Listeners<[Connection]>();
  private readonly connections = new Set<Http2Connection>();
  private context: SecureContext | undefined;
  private unsubscribe: Unsubscribe | undefined;
  private stopped: Promise<void> | undefined;

  constructor(deps: TcpBackendDependencies, options: TcpBackendOptions = {}) {
    this.identity = deps.identity;
    this.clock = deps.clock;
    this.maxConnections = options.maxConnections ?? 4_096;
    this.listener = new TcpListener(
      {
        clock: deps.clock,
        budget: deps.budget,
        metrics: deps.metrics ?? noMetrics,
        identity: deps.identity,
        onConnection: (connection) => this.accepted(connection),
      },
      {
        host: options.host ?? '::',
        port: options.port ?? 0,
        handshakeTimeoutMs: options.handshakeTimeoutMs ?? 5_000,
        maxPending: options.maxPending ?? 256,
      },
    );
  }

  get localAddress(): Address {
    return this.listener.localAddress;
  }

  async start(): Promise<void> {
    this.context = diallerContext(this.identity);
    this.unsubscribe = this.identity.onRenewed(() => {
      this.context = diallerContext(this.identity);
    });
    await this.listener.start();
  }

  async dial(address: Address, options: BackendDialOptions): Promise<Connection> {
    const context = this.currentContext();
    const connection = await dialTcp(address, { clock: this.clock, context }, options.signal);
    if (this.stopped !== undefined) {
      connection.close(LinkCloseCode.shutdown, 'this node is stopping');
      throw notRunning();
    }
    this.keep(connection);
    return connection;
  }

  onConnection(listener: (connection: Connection) => void): Unsubscribe {
    return this.listeners.add(listener);
  }

  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  private async shutDown(): Promise<void> {
    this.unsubscribe?.();
    this.context = undefined;
    const connections = [...this.connections];
    for (const connection of connections) {
      connection.close(LinkCloseCode.shutdown, 'this node is stopping');
    }
    await this.listener.stop();
    await Promise.all(connections.map((connection) => connection.released));
  }

  private accepted(connection: Http2Connection): void {
    if (this.connections.size >= this.maxConnections) {
      connection.close(LinkCloseCode.overloaded, 'this node has too many connections');
      return;
    }
    this.keep(connection);
    this.listeners.emit(connection);
  }

  private keep(connection: Http2Connection): void {
    this.connections.add(connection);
    void connection.released.then(() => this.connections.delete(connection));
  }

  private currentContext(): SecureContext {
    if (this.context === undefined) throw notRunning();
    return this.context;
  }
}

function notRunning(): NotRunningError {
  return new NotRunningError('the TCP backend is not running: call start() first');
}
