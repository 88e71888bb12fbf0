import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import {
  type Address,
  type Clock,
  type Counter,
  InvalidArgumentError,
  type Metrics,
  NotRunningError,
  type Unsubscribe,
} from '@macula/core';
import { unmappedHost } from '../address-network.ts';
import type { HandshakeBudget } from '../handshake-budget.ts';
import { AcceptHandshake, type HandshakeRefusal } from './accept-handshake.ts';
import type { Http2Connection } from './http2-connection.ts';
import { commonTlsOptions, credentialsOf, type TlsIdentity } from './tls-options.ts';

export interface TcpListenerDependencies {
  readonly clock: Clock;
  readonly budget: HandshakeBudget;
  readonly metrics: Metrics;
  readonly identity: TlsIdentity;
  readonly onConnection: (connection: Http2Connection) => void;
}

export interface TcpListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Milliseconds that a peer has from its first packet to a usable connection. */
  readonly handshakeTimeoutMs: number;
  /** Sockets that may be in a handshake at once; more are refused. */
  readonly maxPending: number;
}

type Refusal = HandshakeRefusal | 'budget' | 'pending';

const refusals: readonly Refusal[] = [
  'budget',
  'pending',
  'timeout',
  'tls',
  'certificate',
  'http2',
  'stopped',
];

/** Accepts TCP connections within limits and reports those that complete their handshakes. */
export class TcpListener {
  private readonly deps: TcpListenerDependencies;
  private readonly options: TcpListenerOptions;
  private readonly refused: ReadonlyMap<Refusal, Counter>;
  /** By remote address and port, which tell the sockets of one listener apart. */
  private readonly handshakes = new Map<string, AcceptHandshake>();
  private unsubscribe: Unsubscribe | undefined;
  private server: Server | undefined;

  constructor(deps: TcpListenerDependencies, options: TcpListenerOptions) {
    this.deps = deps;
    this.options = options;
    this.refused = new Map(
      refusals.map((reason) => [reason, refusalCounter(deps.metrics, reason)]),
    );
  }

  /** Throws NotRunningError before `start()` and after `stop()`. */
  get localAddress(): Address {
    const address = this.server?.address();
    if (address === null || address === undefined || typeof address === 'string') {
      throw new NotRunningError('the TCP listener has no address: it is not started');
    }
    return { host: address.address, port: address.port };
  }

  /** Throws InvalidArgumentError when the address cannot be listened on. */
  async start(): Promise<void> {
    const tls = this.createTls();
    const server = createServer({ noDelay: true }, (socket) => this.accept(socket, tls));
    await listening(server, this.options);
    // An error while listening (too many open files) concerns one accept, not the listener.
    server.on('error', () => undefined);
    this.server = server;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.unsubscribe?.();
    for (const handshake of this.handshakes.values()) handshake.refuse('stopped');
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** A TLS server that never listens: it is given the sockets that were let in. */
  private createTls(): TlsServer {
    const { identity } = this.deps;
    const options = () => ({ ...commonTlsOptions, ...credentialsOf(identity) });
    const tls = createTlsServer(options(), (tlsSocket) => {
      const handshake = this.handshakes.get(keyOf(tlsSocket));
      if (handshake === undefined) tlsSocket.destroy();
      else handshake.secured(tlsSocket);
    });
    tls.on('tlsClientError', (_error, tlsSocket) => tlsSocket.destroy());
    this.unsubscribe = identity.onRenewed(() => tls.setSecureContext(options()));
    return tls;
  }

  private accept(socket: Socket, tls: TlsServer): void {
    const { remoteAddress: host, remotePort: port } = socket;
    // An error always comes with 'close'; unheard it would end the process.
    socket.on('error', () => undefined);
    // A socket that is gone already has no address.
    if (host === undefined || port === undefined) return;
    const limit = this.limitReached(host);
    if (limit === undefined) {
      this.startHandshake(socket, { host: unmappedHost(host), port });
      tls.emit('connection', socket);
    } else {
      this.refused.get(limit)?.inc();
      socket.destroy();
    }
  }

  private limitReached(host: string): Refusal | undefined {
    if (this.handshakes.size >= this.options.maxPending) return 'pending';
    return this.deps.budget.take(host) ? undefined : 'budget';
  }

  private startHandshake(socket: Socket, remoteAddress: Address): void {
    const key = keyOf(socket);
    const handshake = new AcceptHandshake({
      clock: this.deps.clock,
      socket,
      remoteAddress,
      timeoutMs: this.options.handshakeTimeoutMs,
      done: (outcome) => {
        this.handshakes.delete(key);
        if (typeof outcome === 'string') this.refused.get(outcome)?.inc();
        else this.deps.onConnection(outcome);
      },
    });
    this.handshakes.set(key, handshake);
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function refusalCounter(metrics: Metrics, reason: Refusal): Counter {
  return metrics.counter({
    name: 'macula_transport_tcp_handshakes_refused_total',
    help: 'Accepted TCP sockets that did not become a connection, by reason.',
    labels: { reason },
  });
}

function listening(server: Server, { host, port }: TcpListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      const message = `cannot listen on TCP ${host}:${port}: ${cause.message}`;
      reject(new InvalidArgumentError(message, { cause }));
    };
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}
