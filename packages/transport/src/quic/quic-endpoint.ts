import type {
  Address,
  Clock,
  Counter,
  DatagramSocket,
  Logger,
  Metrics,
  Random,
  Timer,
  Unsubscribe,
} from '@macula/core';
import type { Turn } from '../turn.ts';
import { ackDelayMs } from './ack-policy.ts';
import type { HostPort, QuicBinding, QuicheConfig, QuicheHeader, Route } from './binding.ts';
import {
  connectionIdKey,
  connectionIdLength,
  destinationIdKey,
  freshConnectionId,
  isMarked,
  markedConnectionId,
} from './connection-id.ts';
import type { InitialPolicy } from './initial-policy.ts';
import { PacketSlab } from './packet-slab.ts';
import { type ConnectionOwner, type EmptyPacketLimits, QuicConnection } from './quic-connection.ts';

/** Who speaks: a mesh node, or a browser that comes without a certificate. */
export type PeerRole = 'link' | 'guest';

/** The configuration for one peer, and the largest datagram it allows. */
export interface ChosenConfig {
  readonly config: QuicheConfig;
  readonly datagramSize: number;
}

export interface EndpointDependencies {
  readonly binding: QuicBinding;
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly turn: Turn;
  readonly initialPolicy: InitialPolicy;
  readonly linkConfig: (remote: Address) => ChosenConfig;
  /** Undefined where guests are not served. */
  readonly guestConfig: (remote: Address) => ChosenConfig | undefined;
  readonly onReady: (connection: QuicConnection, role: PeerRole) => void;
  readonly onEnded: (connection: QuicConnection) => void;
}

export interface EndpointOptions {
  /** Milliseconds after which an unfinished handshake is forgotten. */
  readonly handshakeTimeoutMs: number;
  readonly emptyPackets: EmptyPacketLimits;
}

/** All QUIC connections of one UDP socket: routes packets to them, once per event-loop turn, and sends theirs. */
export class QuicEndpoint implements ConnectionOwner {
  readonly clock: Clock;
  readonly turn: Turn;
  readonly shutdown: { readonly Read: number; readonly Write: number };
  readonly readBuffer = Buffer.allocUnsafeSlow(65_536);
  private readonly deps: EndpointDependencies;
  private readonly options: EndpointOptions;
  private readonly routes = new Map<string, QuicConnection>();
  private readonly connections = new Map<QuicConnection, PeerRole>();
  /** Accepted, handshake not complete, oldest first. */
  private readonly pending = new Set<QuicConnection>();
  private readonly slab = new PacketSlab();
  private inboxPackets: Buffer[] = [];
  private inboxAddresses: Address[] = [];
  private inboxSockets: DatagramSocket[] = [];
  private turnScheduled = false;
  private owing = new Set<QuicConnection>();
  private owingTimer: Timer | undefined;
  private socket: DatagramSocket;
  /** The socket in use and those that are being left, with what ends listening to each. */
  private readonly sockets = new Map<DatagramSocket, Unsubscribe>();
  private readonly ignored: Readonly<Record<string, Counter>>;
  private readonly retries: Counter;

  constructor(deps: EndpointDependencies, options: EndpointOptions) {
    this.deps = deps;
    this.options = options;
    this.clock = deps.clock;
    this.turn = deps.turn;
    this.shutdown = deps.binding.Shutdown;
    const ignored = (reason: string): Counter =>
      deps.metrics.counter({
        name: 'macula_quic_packets_ignored_total',
        help: 'Received packets that belong to no connection and start none',
        labels: { reason },
      });
    this.ignored = Object.fromEntries(
      [
        'malformed',
        'unknown',
        'too_short',
        'not_initial',
        'overloaded',
        'bad_token',
        'address_budget',
        'no_guests',
      ].map((reason) => [reason, ignored(reason)]),
    );
    this.retries = deps.metrics.counter({
      name: 'macula_quic_stateless_replies_total',
      help: 'Retry and version negotiation packets sent',
    });
    this.socket = deps.socket;
    this.listen(deps.socket);
  }

  get emptyPackets(): EmptyPacketLimits {
    return this.options.emptyPackets;
  }

  get localAddress(): Address {
    return this.socket.localAddress;
  }

  dial(
    to: Address,
    session: Uint8Array | undefined,
    sessionKey: string | undefined,
  ): QuicConnection {
    const chosen = this.deps.linkConfig(to);
    const id = markedConnectionId(this.deps.random);
    const quiche = this.deps.binding.Connection.connect(
      null,
      id,
      this.localAddress,
      to,
      chosen.config,
    );
    if (session !== undefined) quiche.setSession(session);
    const connection = new QuicConnection(this, {
      quiche,
      initiator: true,
      guest: false,
      resuming: session !== undefined,
      remoteAddress: to,
      datagramSize: chosen.datagramSize,
      sessionKey,
    });
    this.add(connection, 'link', id);
    connection.mark();
    return connection;
  }

  /**
   * Goes on with another socket; every connection that this side has dialled moves there. Those that were accepted
   * cannot (RFC 9000 §9: only clients migrate), and peers need time to follow: the former socket stays of use until
   * the caller leaves it, by the function that this returns.
   */
  moveTo(socket: DatagramSocket): () => void {
    const former = this.socket;
    this.socket = socket;
    this.listen(socket);
    const staying = [...this.connections.keys()].filter(({ initiator }) => !initiator);
    for (const connection of this.connections.keys()) {
      if (connection.initiator) connection.migrateTo(socket.localAddress);
    }
    return () => {
      for (const connection of staying)
        connection.close(0, 'this side has moved to another address');
      this.leave(former);
    };
  }

  private leave(socket: DatagramSocket): void {
    this.sockets.get(socket)?.();
    this.sockets.delete(socket);
  }

  closeAll(code: number, message: string): void {
    for (const connection of [...this.connections.keys()]) connection.close(code, message);
  }

  /** Forgets everything and stops listening; the socket stays the caller's. */
  destroy(): void {
    for (const connection of [...this.connections.keys()])
      connection.drop('the endpoint was stopped');
    for (const socket of [...this.sockets.keys()]) this.leave(socket);
    this.inboxPackets = [];
    this.inboxAddresses = [];
    this.inboxSockets = [];
    this.owingTimer?.cancel();
    this.owing.clear();
  }

  packetBuffer(size: number): Buffer {
    return this.slab.reserve(size);
  }

  transmit(packet: Buffer, length: number, route: Route): void {
    this.slab.keep(length);
    this.socketAt(route.from).send(packet.subarray(0, length), route.to);
  }

  private socketAt({ host, port }: HostPort): DatagramSocket {
    if (this.sockets.size > 1) {
      for (const socket of this.sockets.keys()) {
        const { localAddress } = socket;
        if (localAddress.port === port && localAddress.host === host) return socket;
      }
    }
    return this.socket;
  }

  flushSoon(connection: QuicConnection): void {
    this.owing.add(connection);
    this.owingTimer ??= this.clock.setTimer(this.flushOwing, ackDelayMs, { background: true });
  }

  issueConnectionId(connection: QuicConnection): { id: Buffer; resetToken: bigint } {
    const id = freshConnectionId(this.deps.random);
    this.route(id, connection);
    return { id, resetToken: Buffer.from(this.deps.random.bytes(8)).readBigUInt64BE() };
  }

  retireConnectionId(connection: QuicConnection, id: Uint8Array): void {
    const key = Buffer.from(id).toString('latin1');
    connection.routes.delete(key);
    this.routes.delete(key);
  }

  ready(connection: QuicConnection): void {
    this.pending.delete(connection);
    this.deps.onReady(connection, this.connections.get(connection) ?? 'link');
  }

  ended(connection: QuicConnection): void {
    this.pending.delete(connection);
    this.deps.onEnded(connection);
  }

  gone(connection: QuicConnection): void {
    for (const key of connection.routes) this.routes.delete(key);
    this.connections.delete(connection);
    this.pending.delete(connection);
  }

  private listen(socket: DatagramSocket): void {
    const stop = socket.onMessage((bytes, from) => {
      this.inboxPackets.push(asBuffer(bytes));
      this.inboxAddresses.push(from);
      this.inboxSockets.push(socket);
      if (this.turnScheduled) return;
      this.turnScheduled = true;
      this.clock.defer(this.takeInbox);
    });
    this.sockets.set(socket, stop);
  }

  private readonly flushOwing = (): void => {
    this.owingTimer = undefined;
    const owing = this.owing;
    this.owing = new Set();
    for (const connection of owing) connection.mark();
  };

  private readonly takeInbox = (): void => {
    this.turnScheduled = false;
    const packets = this.inboxPackets;
    const addresses = this.inboxAddresses;
    const sockets = this.inboxSockets;
    this.inboxPackets = [];
    this.inboxAddresses = [];
    this.inboxSockets = [];
    const touched = new Set<QuicConnection>();
    for (let i = 0; i < packets.length; i++) {
      const packet = packets[i] as Buffer;
      const from = addresses[i] as Address;
      const connection = this.find(packet, from);
      if (connection === undefined) continue;
      connection.receive(packet, from, (sockets[i] as DatagramSocket).localAddress);
      touched.add(connection);
    }
    for (const connection of touched) this.deliver(connection);
  };

  /** What goes wrong above one connection stays there. */
  private deliver(connection: QuicConnection): void {
    try {
      connection.deliver();
    } catch (error) {
      this.deps.logger.error({ error }, 'a connection failed on this side and is closed');
      connection.close(internalErrorCode, 'internal error');
    }
  }

  private find(packet: Buffer, from: Address): QuicConnection | undefined {
    if (((packet[0] ?? 0) & 0x80) === 0) {
      const key = connectionIdKey(packet, 1, 1 + connectionIdLength);
      const connection = this.routes.get(key);
      if (connection === undefined) this.ignored['unknown']?.inc();
      return connection;
    }
    const known = this.routes.get(destinationIdKey(packet));
    if (known !== undefined) return known;
    let header: QuicheHeader;
    try {
      header = this.deps.binding.Header.fromSlice(packet, connectionIdLength);
    } catch {
      this.ignored['malformed']?.inc();
      return undefined;
    }
    return this.welcome(header, Buffer.from(header.dcid), packet.length, from);
  }

  private welcome(
    header: QuicheHeader,
    id: Buffer,
    length: number,
    from: Address,
  ): QuicConnection | undefined {
    this.forgetStale();
    const verdict = this.deps.initialPolicy.judge(header, length, from, this.pending.size);
    if (verdict.do === 'ignore') {
      this.ignored[verdict.why]?.inc();
      return undefined;
    }
    if (verdict.do === 'reply') {
      this.retries.inc();
      this.socket.send(verdict.packet, from);
      return undefined;
    }
    const role: PeerRole = isMarked(header.scid) ? 'link' : 'guest';
    const chosen = role === 'link' ? this.deps.linkConfig(from) : this.deps.guestConfig(from);
    if (chosen === undefined) {
      this.ignored['no_guests']?.inc();
      return undefined;
    }
    const { connectionId, originalDestinationId } = verdict;
    const quiche = this.deps.binding.Connection.accept(
      connectionId,
      originalDestinationId,
      this.localAddress,
      from,
      chosen.config,
    );
    const connection = new QuicConnection(this, {
      quiche,
      initiator: false,
      guest: role === 'guest',
      resuming: false,
      remoteAddress: from,
      datagramSize: chosen.datagramSize,
      sessionKey: undefined,
    });
    this.add(connection, role, connectionId);
    // Until the client has our ID, it repeats the one it made up.
    this.route(id, connection);
    this.pending.add(connection);
    return connection;
  }

  /** Handshakes that take too long make room. */
  private forgetStale(): void {
    const limit = this.clock.now() - this.options.handshakeTimeoutMs;
    for (const connection of this.pending) {
      if (connection.startedAt > limit) return;
      connection.drop('the handshake took too long');
    }
  }

  private add(connection: QuicConnection, role: PeerRole, id: Buffer): void {
    this.connections.set(connection, role);
    this.route(id, connection);
  }

  private route(id: Buffer, connection: QuicConnection): void {
    const key = id.toString('latin1');
    this.routes.set(key, connection);
    connection.routes.add(key);
  }
}

const internalErrorCode = 0x0c;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
