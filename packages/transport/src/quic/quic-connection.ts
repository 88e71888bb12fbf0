import {
  type Address,
  type Clock,
  LinkClosedError,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import type { ByteStream, Connection, ConnectionEnd } from '../connection.ts';
import type { Turn, TurnTask } from '../turn.ts';
import type { HostPort, QuicheConnection } from './binding.ts';
import { QuicPaths } from './quic-paths.ts';
import { QuicStream, type StreamOwner } from './quic-stream.ts';
import { SpendBudget } from './spend-budget.ts';

/** What a connection needs of its endpoint. */
export interface ConnectionOwner {
  readonly clock: Clock;
  readonly turn: Turn;
  readonly shutdown: { readonly Read: number; readonly Write: number };
  readonly readBuffer: Buffer;
  readonly localAddress: Address;
  /** A buffer for one packet of up to `size` bytes, to be handed to `transmit`. */
  packetBuffer(size: number): Buffer;
  transmit(packet: Buffer, length: number, to: HostPort): void;
  /** Routes packets for a fresh connection ID to this connection. */
  issueConnectionId(connection: QuicConnection): {
    readonly id: Buffer;
    readonly resetToken: bigint;
  };
  retireConnectionId(connection: QuicConnection, id: Uint8Array): void;
  /** Handshake complete, or 0-RTT data can be read or sent. */
  ready(connection: QuicConnection): void;
  /** Closed or broken; packets may still have to be answered. */
  ended(connection: QuicConnection): void;
  /** Nothing more comes from this connection. */
  gone(connection: QuicConnection): void;
}

export interface QuicConnectionOptions {
  readonly quiche: QuicheConnection;
  readonly initiator: boolean;
  /** 0-RTT: a session was set. */
  readonly resuming: boolean;
  readonly remoteAddress: Address;
  readonly datagramSize: number;
  /** Key under which a ticket of this connection will be looked for. */
  readonly sessionKey: string | undefined;
}

// More in one flush, and the event loop would not see incoming acknowledgements.
const sendsPerFlush = 256;
// quiche 0.18 can offer the same closing Handshake packet for ever.
const sendsAfterError = 16;

/** One QUIC connection over the endpoint's socket. */
export class QuicConnection implements Connection, StreamOwner, TurnTask {
  readonly protocol = 'quic';
  readonly quiche: QuicheConnection;
  readonly initiator: boolean;
  readonly sessionKey: string | undefined;
  readonly shutdown: { readonly Read: number; readonly Write: number };
  readonly readBuffer: Buffer;
  /** Connection IDs that lead here, for the endpoint. */
  readonly routes = new Set<string>();
  readonly startedAt: number;
  private readonly owner: ConnectionOwner;
  private readonly datagramSize: number;
  private readonly resuming: boolean;
  private readonly budget: SpendBudget;
  private readonly paths: QuicPaths;
  private readonly streams = new Map<number, QuicStream>();
  private readonly blocked = new Set<QuicStream>();
  private readonly rereads = new Set<QuicStream>();
  private nextStreamId: number;
  private announced = false;
  private isConfirmed = false;
  private end: ConnectionEnd | undefined;
  private gone = false;
  private due = false;
  private timer: Timer | undefined;
  private timerAt = Infinity;
  private packetsIn = 0;
  private usefulBytes = 0;
  private rttReadAt = -Infinity;
  private rttMs = NaN;
  private readonly confirmedListeners = new Set<() => void>();
  private readonly closeListeners = new Set<(end: ConnectionEnd) => void>();
  private streamListener: ((stream: ByteStream) => void) | undefined;
  private datagramListener: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  private readonly waitingStreams: QuicStream[] = [];

  constructor(owner: ConnectionOwner, options: QuicConnectionOptions) {
    this.owner = owner;
    this.quiche = options.quiche;
    this.initiator = options.initiator;
    this.resuming = options.resuming;
    this.datagramSize = options.datagramSize;
    this.sessionKey = options.sessionKey;
    this.shutdown = owner.shutdown;
    this.readBuffer = owner.readBuffer;
    this.nextStreamId = options.initiator ? 0 : 1;
    this.startedAt = owner.clock.now();
    this.budget = new SpendBudget(this.startedAt);
    this.paths = new QuicPaths(this.quiche, options.remoteAddress);
  }

  get remoteAddress(): Address {
    return this.paths.remoteAddress;
  }

  get peerCertificate(): Uint8Array | undefined {
    return this.quiche.peerCertChain()?.[0];
  }

  get confirmed(): boolean {
    return this.isConfirmed;
  }

  /** Whether the owner has been told about it. */
  get isReady(): boolean {
    return this.announced;
  }

  get isOver(): boolean {
    return this.end !== undefined;
  }

  get rtt(): number {
    const now = this.owner.clock.now();
    if (this.gone || now - this.rttReadAt < 100) return this.rttMs;
    this.rttReadAt = now;
    const active = this.quiche.pathStats().find((path) => path.active);
    if (active !== undefined && this.isConfirmed) this.rttMs = active.rtt / 1e6;
    return this.rttMs;
  }

  get maxDatagramSize(): number {
    return this.end === undefined ? (this.quiche.dgramMaxWritableLen() ?? 0) : 0;
  }

  onConfirmed(listener: () => void): Unsubscribe {
    if (this.isConfirmed) {
      listener();
      return () => undefined;
    }
    this.confirmedListeners.add(listener);
    return () => this.confirmedListeners.delete(listener);
  }

  onClose(listener: (end: ConnectionEnd) => void): Unsubscribe {
    if (this.end !== undefined) {
      listener(this.end);
      return () => undefined;
    }
    this.closeListeners.add(listener);
    return () => this.closeListeners.delete(listener);
  }

  onStream(listener: (stream: ByteStream) => void): void {
    this.streamListener = listener;
    for (const stream of this.waitingStreams.splice(0)) listener(stream);
  }

  onDatagram(listener: (bytes: Uint8Array, start: number, end: number) => void): void {
    this.datagramListener = listener;
  }

  openStream(): ByteStream | undefined {
    if (this.end !== undefined || this.quiche.peerStreamsLeftBidi() === 0) return undefined;
    const stream = new QuicStream(this, this.nextStreamId);
    this.nextStreamId += 4;
    this.streams.set(stream.id, stream);
    // QUIC counts a stream from its first frame on.
    stream.write(this.readBuffer, 0, 0);
    return stream;
  }

  sendDatagram(bytes: Uint8Array): boolean {
    if (this.end !== undefined || this.quiche.isDgramSendQueueFull()) return false;
    try {
      this.quiche.dgramSend(bytes);
    } catch {
      return false;
    }
    this.wrote(bytes.length);
    return true;
  }

  close(code: number, message: string): void {
    if (this.end !== undefined) return;
    try {
      this.quiche.close(true, code, Buffer.from(message));
    } catch {
      // It is closing already.
    }
    this.finish({ code, message, remote: false });
    this.sendPackets();
  }

  /** Takes one packet. Delivery waits for `deliver`, so that a burst is handled as one. */
  receive(packet: Buffer, from: Address): void {
    if (this.gone) return;
    this.packetsIn++;
    this.paths.sawPacket(from);
    try {
      this.quiche.recv(packet, { from, to: this.owner.localAddress });
    } catch {
      // A packet that cannot be authenticated or parsed; what it means for the connection stands in its state.
    }
  }

  /** Hands on what the last packets brought. */
  deliver(): void {
    if (this.gone) return;
    this.advance();
    if (this.announced && this.end === undefined) {
      this.readStreams();
      this.readDatagrams();
      if (this.blocked.size > 0) this.unblock();
      if (this.paths.changing) this.followPaths();
    }
    if (!this.budget.spend(this.packetsIn, this.usefulBytes, this.owner.clock.now())) {
      this.close(overloadedCode, 'too many packets that carry nothing');
    }
    this.packetsIn = 0;
    this.usefulBytes = 0;
    this.mark();
  }

  /** Turn task: everything of this turn has been written. */
  flush(): void {
    this.due = false;
    if (this.gone) return;
    if (this.rereads.size > 0) this.readAgain();
    this.sendPackets();
  }

  wrote(bytes: number): void {
    this.usefulBytes += bytes;
    this.mark();
  }

  awaitWritable(stream: QuicStream): void {
    this.blocked.add(stream);
  }

  awaitRead(stream: QuicStream): void {
    this.rereads.add(stream);
    this.mark();
  }

  forget(stream: QuicStream): void {
    this.streams.delete(stream.id);
    this.blocked.delete(stream);
    this.rereads.delete(stream);
  }

  /** Sends what is due, among it the first packet of a dial. */
  mark(): void {
    if (this.due || this.gone) return;
    this.due = true;
    this.owner.turn.addConnection(this);
  }

  /** Moves to another local address (RFC 9000 §9): probes the path, then switches. */
  migrateTo(local: Address): void {
    if (this.end !== undefined) return;
    this.paths.migrateTo(local);
    this.mark();
  }

  /** Drops the connection without a word to the peer. */
  drop(message: string): void {
    this.finish({ code: undefined, message, remote: false });
    this.vanish();
  }

  private advance(): void {
    const { quiche } = this;
    if (!this.isConfirmed && quiche.isEstablished()) {
      this.isConfirmed = true;
      this.issueConnectionIds();
      this.announce();
      for (const listener of this.confirmedListeners) listener();
      this.confirmedListeners.clear();
    } else if (!this.announced && quiche.isInEarlyData()) {
      this.announce();
    }
    if (this.end === undefined && (quiche.isDraining() || quiche.isClosed()))
      this.finish(this.endState());
  }

  private announce(): void {
    if (this.announced) return;
    this.announced = true;
    this.owner.ready(this);
  }

  private endState(): ConnectionEnd {
    const peer = this.quiche.peerError();
    if (peer !== null) {
      return {
        code: peer.isApp ? peer.errorCode : undefined,
        message: describe(peer),
        remote: true,
      };
    }
    const local = this.quiche.localError();
    if (local !== null) return { code: undefined, message: describe(local), remote: false };
    return {
      code: undefined,
      message: this.quiche.isTimedOut() ? 'no packet within the idle timeout' : 'closed',
      remote: false,
    };
  }

  private finish(end: ConnectionEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    for (const stream of [...this.streams.values()]) stream.connectionLost();
    this.streams.clear();
    this.blocked.clear();
    this.rereads.clear();
    this.confirmedListeners.clear();
    this.owner.ended(this);
    for (const listener of this.closeListeners) listener(end);
    this.closeListeners.clear();
  }

  private vanish(): void {
    if (this.gone) return;
    this.gone = true;
    this.timer?.cancel();
    this.owner.gone(this);
  }

  private readStreams(): void {
    for (const id of this.quiche.readable()) {
      let stream = this.streams.get(id);
      if (stream === undefined) {
        // Our own streams are gone by choice; one of the peer's is new.
        if ((id & 1) === (this.initiator ? 0 : 1)) continue;
        stream = this.acceptStream(id);
      }
      this.usefulBytes += stream.read();
      if (this.end !== undefined) return;
    }
  }

  private acceptStream(id: number): QuicStream {
    const stream = new QuicStream(this, id);
    this.streams.set(id, stream);
    if (this.streamListener === undefined) this.waitingStreams.push(stream);
    else this.streamListener(stream);
    return stream;
  }

  private readDatagrams(): void {
    while (this.quiche.dgramRecvQueueLen() > 0) {
      const length = this.quiche.dgramRecv(this.readBuffer);
      if (length === null) return;
      this.usefulBytes += length;
      this.datagramListener?.(this.readBuffer, 0, length);
      if (this.isOver) return;
    }
  }

  private unblock(): void {
    for (const stream of this.blocked) {
      if (!stream.hasRoom()) continue;
      this.blocked.delete(stream);
      stream.becameWritable();
    }
  }

  private readAgain(): void {
    const streams = [...this.rereads];
    this.rereads.clear();
    for (const stream of streams) {
      this.usefulBytes += stream.read();
      if (this.end !== undefined) return;
    }
  }

  private followPaths(): void {
    this.paths.follow();
    for (;;) {
      const retired = this.quiche.retiredScidNext();
      if (retired === null) break;
      this.owner.retireConnectionId(this, retired);
    }
    this.issueConnectionIds();
  }

  /** Spare connection IDs are what lets the peer change its path. */
  private issueConnectionIds(): void {
    while (this.quiche.sourceCidsLeft() > 0) {
      const { id, resetToken } = this.owner.issueConnectionId(this);
      this.quiche.newSourceCid(id, resetToken, true);
    }
  }

  private sendPackets(): void {
    const { quiche, owner } = this;
    const limit = this.end !== undefined ? sendsAfterError : sendsPerFlush;
    for (let sends = 0; ; sends++) {
      if (sends >= limit) {
        if (this.end !== undefined || quiche.localError() !== null) {
          this.finish(this.endState());
          this.vanish();
          return;
        }
        owner.clock.defer(() => {
          this.mark();
        });
        break;
      }
      const packet = owner.packetBuffer(this.datagramSize);
      let sent: [number, { readonly to: HostPort }] | null;
      try {
        sent = quiche.send(packet);
      } catch {
        // The connection is beyond repair; its state says why.
        break;
      }
      if (sent === null) break;
      owner.transmit(packet, sent[0], sent[1].to);
    }
    if (this.resuming && !this.announced) this.advance();
    if (quiche.isClosed()) {
      this.finish(this.endState());
      this.vanish();
      return;
    }
    this.armTimer();
  }

  /** One timer, moved only when it would be late; one that fires early looks again. */
  private armTimer(): void {
    const timeout = this.quiche.timeout();
    if (timeout === null) return;
    const at = this.owner.clock.now() + timeout;
    if (at >= this.timerAt) return;
    this.timer?.cancel();
    this.timerAt = at;
    this.timer = this.owner.clock.setTimer(this.onTimer, timeout + 1, { background: true });
  }

  private readonly onTimer = (): void => {
    this.timerAt = Infinity;
    if (this.gone) return;
    const timeout = this.quiche.timeout();
    if (timeout !== null && timeout <= 0) {
      this.quiche.onTimeout();
      this.deliver();
    } else {
      this.armTimer();
    }
  };
}

const overloadedCode = 0x0a;

function describe(error: { isApp: boolean; errorCode: number; reason: Uint8Array }): string {
  const reason = Buffer.from(error.reason).toString('utf8').slice(0, 200);
  if (error.isApp) return reason;
  const kind =
    error.errorCode >= 0x100 && error.errorCode < 0x200
      ? `TLS alert ${error.errorCode - 0x100}`
      : `QUIC error ${error.errorCode}`;
  return reason === '' ? kind : `${kind}: ${reason}`;
}

/** Thrown where a connection that is over is used. */
export function connectionOver(end: ConnectionEnd): LinkClosedError {
  return new LinkClosedError(`the connection is closed: ${end.message}`);
}
