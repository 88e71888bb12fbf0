import { type Address, type Clock, Listeners, type Unsubscribe } from '@macula/core';
import type { ByteStream, Connection, ConnectionEnd } from '../connection.ts';
import type { Turn, TurnTask } from '../turn.ts';
import { AckPolicy } from './ack-policy.ts';
import type { QuicheConnection, Route } from './binding.ts';
import { endOf } from './connection-end.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { QuicPaths } from './quic-paths.ts';
import { SpendBudget } from './spend-budget.ts';
import { StreamTable } from './stream-table.ts';

/** How many packets that carry nothing useful a connection may receive. */
export interface EmptyPacketLimits {
  readonly perSecond: number;
  readonly burst: number;
}

/** What a connection needs of its endpoint. */
export interface ConnectionOwner {
  readonly clock: Clock;
  readonly turn: Turn;
  readonly shutdown: { readonly Read: number; readonly Write: number };
  readonly readBuffer: Buffer;
  readonly emptyPackets: EmptyPacketLimits;
  /** A buffer for one packet of up to `size` bytes, to be handed to `transmit`. */
  packetBuffer(size: number): Buffer;
  transmit(packet: Buffer, length: number, route: Route): void;
  /** Has the connection flushed in some milliseconds, together with others. */
  flushSoon(connection: QuicConnection): void;
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
  /** A client that is no mesh node: it may open unidirectional streams, in any order. */
  readonly guest: boolean;
  /** 0-RTT: a session was set. */
  readonly resuming: boolean;
  readonly remoteAddress: Address;
  readonly datagramSize: number;
  /** Key under which a ticket of this connection will be looked for. */
  readonly sessionKey: string | undefined;
}

// A path change takes one; a peer that changes both its addresses at once takes two.
const maxSpareIds = 3;
// More in one flush, and the event loop would not see incoming acknowledgements.
const sendsPerFlush = 256;
// quiche 0.18 can offer the same closing Handshake packet for ever.
const sendsAfterError = 16;

/** One QUIC connection over the endpoint's socket. */
export class QuicConnection implements Connection, TurnTask {
  readonly protocol = 'quic';
  readonly quiche: QuicheConnection;
  readonly initiator: boolean;
  readonly sessionKey: string | undefined;
  /** Connection IDs that lead here, for the endpoint. */
  readonly routes = new Set<string>();
  readonly startedAt: number;
  private readonly owner: ConnectionOwner;
  private readonly datagramSize: number;
  private readonly resuming: boolean;
  private budget: SpendBudget;
  private spareIds = 0;
  private readonly paths: QuicPaths;
  private readonly streams: StreamTable;
  private announced = false;
  private isConfirmed = false;
  private end: ConnectionEnd | undefined;
  private gone = false;
  private due = false;
  private readonly timer: DeadlineTimer;
  private readonly acks = new AckPolicy();
  private packetsIn = 0;
  private bytesIn = 0;
  private largestPacket = 0;
  private usefulBytes = 0;
  private rttReadAt = -Infinity;
  private rttMs = NaN;
  private readonly confirmedListeners = new Listeners();
  private readonly closeListeners = new Listeners<[ConnectionEnd]>();
  private datagramListener: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;

  constructor(owner: ConnectionOwner, options: QuicConnectionOptions) {
    this.owner = owner;
    this.quiche = options.quiche;
    this.initiator = options.initiator;
    this.resuming = options.resuming;
    this.datagramSize = options.datagramSize;
    this.sessionKey = options.sessionKey;
    this.startedAt = owner.clock.now();
    this.budget = new SpendBudget(this.startedAt, 50, 200);
    this.paths = new QuicPaths(this.quiche, options.remoteAddress);
    this.timer = new DeadlineTimer(
      owner.clock,
      () => this.quiche.timeout(),
      () => {
        this.quiche.onTimeout();
        this.deliver();
      },
    );
    this.streams = new StreamTable({
      quiche: options.quiche,
      initiator: options.initiator,
      guest: options.guest,
      shutdown: owner.shutdown,
      readBuffer: owner.readBuffer,
      wrote: (bytes) => {
        this.wrote(bytes);
      },
    });
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

  get isOver(): boolean {
    return this.end !== undefined;
  }

  get rtt(): number {
    const now = this.owner.clock.now();
    if (this.gone || now - this.rttReadAt < 100) return this.rttMs;
    this.rttReadAt = now;
    const active = this.quiche.pathStats().find((path) => path.active);
    if (active !== undefined && this.isConfirmed) this.rttMs = active.rtt;
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
    return this.confirmedListeners.add(listener);
  }

  onClose(listener: (end: ConnectionEnd) => void): Unsubscribe {
    if (this.end !== undefined) {
      listener(this.end);
      return () => undefined;
    }
    return this.closeListeners.add(listener);
  }

  onStream(listener: (stream: ByteStream) => void): void {
    this.streams.onStream(listener);
  }

  onDatagram(listener: (bytes: Uint8Array, start: number, end: number) => void): void {
    this.datagramListener = listener;
  }

  openStream(): ByteStream | undefined {
    return this.streams.open();
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

  /** Takes one packet that came to our address `to`. Delivery waits for `deliver`, so that a burst is handled as one. */
  receive(packet: Buffer, from: Address, to: Address): void {
    if (this.gone) return;
    this.packetsIn++;
    this.bytesIn += packet.length;
    if (packet.length > this.largestPacket) this.largestPacket = packet.length;
    this.paths.sawPacket(from);
    try {
      this.quiche.recv(packet, { from, to });
    } catch {
      // A packet that cannot be authenticated or parsed; what it means for the connection stands in its state.
    }
  }

  /** Hands on what the last packets brought. */
  deliver(): void {
    if (this.gone) return;
    this.advance();
    let read = 0;
    if (this.announced && this.end === undefined) {
      read = this.streams.read() + this.readDatagrams();
      this.usefulBytes += read;
      this.streams.unblock();
      if (this.paths.changing) this.followPaths();
    }
    const now = this.owner.clock.now();
    if (!this.budget.spend(this.packetsIn, this.usefulBytes, now)) {
      this.close(overloadedCode, 'too many packets that carry nothing');
    }
    const reception = {
      packets: this.packetsIn,
      bytes: this.bytesIn,
      largest: this.largestPacket,
      usefulBytes: read,
    };
    this.packetsIn = 0;
    this.bytesIn = 0;
    this.largestPacket = 0;
    this.usefulBytes = 0;
    if (!this.acks.mayWait(reception) || this.paths.changing) this.mark();
    else if (!this.due) {
      // What counts as lost does so at its time; only what these packets themselves have told of waits with them.
      this.timer.update();
      this.owner.flushSoon(this);
    }
  }

  /** As turn task it is urgent: everything of this turn has been written. */
  flush(urgent = true): void {
    if (!urgent || !this.due) return;
    this.due = false;
    if (this.gone) return;
    this.usefulBytes += this.streams.readAgain();
    this.sendPackets();
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

  private wrote(bytes: number): void {
    this.usefulBytes += bytes;
    this.mark();
  }

  private advance(): void {
    const { quiche } = this;
    if (!this.isConfirmed && quiche.isEstablished()) {
      this.isConfirmed = true;
      const { perSecond, burst } = this.owner.emptyPackets;
      this.budget = new SpendBudget(this.owner.clock.now(), perSecond, burst);
      this.issueConnectionIds();
      this.announce();
      this.confirmedListeners.emit();
      this.confirmedListeners.clear();
    } else if (!this.announced && quiche.isInEarlyData()) {
      this.announce();
    }
    if (this.end === undefined && (quiche.isDraining() || quiche.isClosed()))
      this.finish(endOf(this.quiche));
  }

  private announce(): void {
    if (this.announced) return;
    this.announced = true;
    this.owner.ready(this);
  }

  private finish(end: ConnectionEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    this.streams.lose();
    this.confirmedListeners.clear();
    this.owner.ended(this);
    this.closeListeners.emit(end);
    this.closeListeners.clear();
  }

  private vanish(): void {
    if (this.gone) return;
    this.gone = true;
    this.timer.stop();
    this.owner.gone(this);
  }

  /** Returns the number of bytes. */
  private readDatagrams(): number {
    const { readBuffer } = this.owner;
    let read = 0;
    while (!this.isOver && this.quiche.dgramRecvQueueLen() > 0) {
      const length = this.quiche.dgramRecv(readBuffer);
      if (length === null) break;
      read += length;
      this.datagramListener?.(readBuffer, 0, length);
    }
    return read;
  }

  private followPaths(): void {
    this.paths.follow();
    for (;;) {
      const retired = this.quiche.retiredScidNext();
      if (retired === null) break;
      this.spareIds--;
      this.owner.retireConnectionId(this, retired);
    }
    this.issueConnectionIds();
  }

  /** Spare connection IDs are what lets the peer change its path. It may ask for as many as it likes, and gets a few. */
  private issueConnectionIds(): void {
    while (this.spareIds < maxSpareIds && this.quiche.sourceCidsLeft() > 0) {
      this.spareIds++;
      const { id, resetToken } = this.owner.issueConnectionId(this);
      this.quiche.newSourceCid(id, resetToken, true);
    }
  }

  private sendPackets(): void {
    const { quiche, owner } = this;
    this.acks.sent();
    const limit = this.end !== undefined ? sendsAfterError : sendsPerFlush;
    for (let sends = 0; ; sends++) {
      if (sends >= limit) {
        if (this.end !== undefined || quiche.localError() !== null) {
          this.finish(endOf(this.quiche));
          this.vanish();
          return;
        }
        owner.clock.defer(() => {
          this.mark();
        });
        break;
      }
      const packet = owner.packetBuffer(this.datagramSize);
      let sent: [number, Route] | null;
      try {
        sent = quiche.send(packet);
      } catch {
        // The connection is beyond repair; its state says why.
        break;
      }
      if (sent === null) break;
      owner.transmit(packet, sent[0], sent[1]);
    }
    if (this.resuming && !this.announced) this.advance();
    if (quiche.isClosed()) {
      this.finish(endOf(this.quiche));
      this.vanish();
      return;
    }
    this.timer.update();
  }
}

const overloadedCode = 0x0a;
