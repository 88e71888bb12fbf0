import {
  AbortedError,
  type Address,
  type Clock,
  type DatagramSocket,
  formatAddress,
  Listeners,
  type Logger,
  MaculaError,
  type Metrics,
  noMetrics,
  NotRunningError,
  pause,
  PeerUnreachableError,
  type Random,
  silentLogger,
  TimeoutError,
  type Unsubscribe,
} from '@macula/core';
import { isLoopback, isUnspecified } from '../address-network.ts';
import type { Backend, BackendDialOptions } from '../backend.ts';
import type { Connection, ConnectionEnd } from '../connection.ts';
import type { Turn } from '../turn.ts';
import { loadQuicBinding, type QuicBinding, type QuicheConfig } from './binding.ts';
import { type HandshakeAllowance, InitialPolicy } from './initial-policy.ts';
import {
  createQuicConfig,
  internetDatagramSize,
  loopbackDatagramSize,
  type QuicConfigOptions,
} from './quic-config.ts';
import type { EmptyPacketLimits, QuicConnection } from './quic-connection.ts';
import { type ChosenConfig, type PeerRole, QuicEndpoint } from './quic-endpoint.ts';
import { SessionCache } from './session-cache.ts';

/** The key and certificate that the backend presents, and news of their renewal. */
export interface BackendIdentity {
  readonly keyPem: string;
  readonly certificatePem: string;
  onRenewed(listener: () => void): Unsubscribe;
}

export interface QuicBackendDependencies {
  readonly identity: BackendIdentity;
  /** The socket; the backend closes it when it stops. */
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  readonly random: Random;
  readonly turn: Turn;
  readonly allowance: HandshakeAllowance;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

export interface QuicBackendOptions {
  /** Milliseconds without any packet until a connection counts as lost. Default 30,000; links notice sooner by themselves. */
  readonly idleTimeoutMs?: number;
  /** Largest UDP payload on loopback, in bytes. Default 16,300; lower it where loopback leads through a tunnel. */
  readonly loopbackDatagramBytes?: number;
  /** Largest UDP payload elsewhere. Default 1,350. */
  readonly datagramBytes?: number;
  /** Flow-control window of a stream, in bytes: a stream moves at most this much a round trip. Default 4 MiB. */
  readonly streamWindowBytes?: number;
  /** Flow-control window of a connection, in bytes: what a peer can make us hold. Default 16 MiB. */
  readonly connectionWindowBytes?: number;
  /** Streams a peer may have open. Default 1,024. */
  readonly maxStreams?: number;
  /** Handshakes under way above which addresses are validated by Retry. Default 64. */
  readonly retryAbove?: number;
  /** Handshakes under way at which new ones are ignored. Default 1,024. */
  readonly maxPendingHandshakes?: number;
  /** Milliseconds for a handshake that a peer started. Default 5,000. */
  readonly handshakeTimeoutMs?: number;
  /** Packets without any application data that a connection may receive in the long run and at once, before it is closed as abusive. Default 5,000 per second, 20,000. */
  readonly emptyPackets?: EmptyPacketLimits;
  /** Tickets kept for 0-RTT. Default 1,000. */
  readonly maxSessions?: number;
}

/** The QUIC backend, with what only QUIC can do. */
export interface QuicBackend extends Backend {
  /** Serves clients that come without a mesh node's mark, with ALPN `h3`, on the same port. At most one listener. */
  onGuest(listener: (connection: Connection) => void): Unsubscribe;
  /**
   * Makes another socket the backend's, and moves the connections there that this side has dialled. The former socket
   * serves the others, which QUIC cannot move, until `graceMs` (default 3,000) have passed or the backend stops: then
   * they are closed, and so is it.
   */
  migrate(socket: DatagramSocket, graceMs?: number): Promise<void>;
}

/** Loads the binding and makes a backend. Throws QuicUnavailableError where there is none. */
export async function createQuicBackend(
  deps: QuicBackendDependencies,
  options: QuicBackendOptions = {},
): Promise<QuicBackend> {
  return new QuicheBackend(await loadQuicBinding(), deps, options);
}

interface Dialling {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: Error) => void;
}

class QuicheBackend implements QuicBackend {
  readonly protocol = 'quic';
  private readonly binding: QuicBinding;
  private readonly deps: QuicBackendDependencies;
  private readonly options: QuicBackendOptions;
  private readonly sessions: SessionCache;
  private readonly ticketKey: Uint8Array;
  private readonly configs = new Map<string, QuicheConfig>();
  private readonly dials = new Map<QuicConnection, Dialling>();
  private readonly listeners = new Listeners<[Connection]>();
  private guestListener: ((connection: Connection) => void) | undefined;
  private endpoint: QuicEndpoint | undefined;
  private socket: DatagramSocket;
  /** Left, and still of use to peers that have not followed. */
  private readonly former = new Set<DatagramSocket>();
  private readonly stopped = new AbortController();
  private stopRenewals: Unsubscribe = () => undefined;
  private stopping: Promise<void> | undefined;

  constructor(binding: QuicBinding, deps: QuicBackendDependencies, options: QuicBackendOptions) {
    this.binding = binding;
    this.deps = deps;
    this.options = options;
    this.sessions = new SessionCache(options.maxSessions ?? 1_000);
    this.ticketKey = deps.random.bytes(48);
    this.socket = deps.socket;
  }

  get localAddress(): Address {
    return this.running().localAddress;
  }

  start(): Promise<void> {
    const { binding, deps, options } = this;
    this.endpoint = new QuicEndpoint(
      {
        binding,
        socket: this.socket,
        clock: deps.clock,
        random: deps.random,
        logger: deps.logger ?? silentLogger,
        metrics: deps.metrics ?? noMetrics,
        turn: deps.turn,
        initialPolicy: new InitialPolicy(
          { binding, clock: deps.clock, random: deps.random, allowance: deps.allowance },
          {
            retryAbove: options.retryAbove ?? 64,
            maxPending: options.maxPendingHandshakes ?? 1_024,
          },
        ),
        linkConfig: (remote) => this.configFor('link', remote.host),
        guestConfig: (remote) =>
          this.guestListener === undefined ? undefined : this.configFor('guest', remote.host),
        onReady: (connection, role) => {
          this.onReady(connection, role);
        },
        onEnded: (connection) => {
          this.onEnded(connection);
        },
      },
      {
        handshakeTimeoutMs: options.handshakeTimeoutMs ?? 5_000,
        emptyPackets: options.emptyPackets ?? { perSecond: 5_000, burst: 20_000 },
      },
    );
    this.stopRenewals = deps.identity.onRenewed(() => {
      this.configs.clear();
      this.prepareConfigs();
    });
    this.prepareConfigs();
    return Promise.resolve();
  }

  /** The first link to a peer should not have to wait until a TLS context is built. */
  private prepareConfigs(): void {
    const { host } = this.socket.localAddress;
    this.configFor('link', isLoopback(host) ? '127.0.0.1' : host);
    if (isUnspecified(host)) this.configFor('link', '127.0.0.1');
  }

  async dial(address: Address, options: BackendDialOptions): Promise<Connection> {
    const endpoint = this.running();
    if (options.signal.aborted) throw abortError(address, options.signal);
    const session =
      options.sessionKey === undefined ? undefined : this.sessions.take(options.sessionKey);
    const connection = endpoint.dial(address, session, options.sessionKey);
    const abort = (): void => {
      this.dials.get(connection)?.reject(abortError(address, options.signal));
      this.dials.delete(connection);
      connection.close(0, 'dial aborted');
    };
    options.signal.addEventListener('abort', abort, { once: true });
    let forget: Unsubscribe = () => undefined;
    try {
      return await new Promise<Connection>((resolve, reject) => {
        this.dials.set(connection, { resolve, reject });
        forget = connection.onClose((end) => {
          if (this.dials.delete(connection)) reject(dialError(address, end));
        });
      });
    } finally {
      forget();
      options.signal.removeEventListener('abort', abort);
    }
  }

  onConnection(listener: (connection: Connection) => void): Unsubscribe {
    return this.listeners.add(listener);
  }

  onGuest(listener: (connection: Connection) => void): Unsubscribe {
    this.guestListener = listener;
    return () => {
      if (this.guestListener === listener) this.guestListener = undefined;
    };
  }

  async migrate(socket: DatagramSocket, graceMs = 3_000): Promise<void> {
    const leave = this.running().moveTo(socket);
    const former = this.socket;
    this.socket = socket;
    this.former.add(former);
    await pause(this.deps.clock, graceMs, this.stopped.signal).catch(() => undefined);
    leave();
    this.former.delete(former);
    await former.close();
  }

  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    this.stopRenewals();
    this.endpoint?.closeAll(0x0b, 'shutting down');
    // The last packets have been handed to the socket; it closes after the system has taken them.
    await new Promise<void>((resolve) => {
      this.deps.clock.defer(resolve);
    });
    this.endpoint?.destroy();
    this.endpoint = undefined;
    this.configs.clear();
    const left = [...this.former];
    this.stopped.abort();
    await Promise.all([this.socket, ...left].map((socket) => socket.close()));
  }

  private running(): QuicEndpoint {
    if (this.endpoint === undefined)
      throw new NotRunningError('the QUIC backend is not running: call start() first');
    return this.endpoint;
  }

  private onReady(connection: QuicConnection, role: PeerRole): void {
    if (role === 'guest') {
      this.guestListener?.(connection);
      return;
    }
    const dialling = this.dials.get(connection);
    if (dialling !== undefined) {
      this.dials.delete(connection);
      dialling.resolve(connection);
    } else {
      this.listeners.emit(connection);
    }
  }

  private onEnded(connection: QuicConnection): void {
    if (connection.sessionKey === undefined || !connection.confirmed) return;
    const session = connection.quiche.session();
    if (session !== null) this.sessions.put(connection.sessionKey, session);
  }

  private configFor(role: PeerRole, remoteHost: string): ChosenConfig {
    const { options } = this;
    const datagramSize = isLoopback(remoteHost)
      ? (options.loopbackDatagramBytes ?? loopbackDatagramSize)
      : (options.datagramBytes ?? internetDatagramSize);
    const key = `${role} ${datagramSize}`;
    let config = this.configs.get(key);
    if (config === undefined) {
      config = createQuicConfig(this.binding, role, datagramSize, this.configOptions());
      this.configs.set(key, config);
    }
    return { config, datagramSize };
  }

  private configOptions(): QuicConfigOptions {
    const { identity } = this.deps;
    const { options } = this;
    return {
      keyPem: identity.keyPem,
      certificatePem: identity.certificatePem,
      ticketKey: this.ticketKey,
      idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
      streamWindowBytes: options.streamWindowBytes ?? 4 << 20,
      connectionWindowBytes: options.connectionWindowBytes ?? 16 << 20,
      maxStreams: options.maxStreams ?? 1_024,
    };
  }
}

function dialError(address: Address, end: ConnectionEnd): PeerUnreachableError {
  return new PeerUnreachableError(
    `${formatAddress(address)} did not complete the QUIC handshake: ${end.message}`,
  );
}

function abortError(address: Address, signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  if (reason instanceof MaculaError) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new TimeoutError(`dialling ${formatAddress(address)} took too long`, { cause: reason });
  }
  return new AbortedError(`dialling ${formatAddress(address)} was aborted`, { cause: reason });
}
