import {
  type Address,
  type EncodedFrame,
  type Link,
  LinkCloseCode,
  LinkClosedError,
  type LinkCloseReason,
  type LinkState,
  type LinkStream,
  Listeners,
  type NodeId,
  type RequestOptions,
  type TrafficClass,
  trafficClassOf,
  type Unsubscribe,
} from '@macula/core';
import type { Channel } from './channel.ts';
import { copyInto } from './copy-bytes.ts';
import { Departure } from './departure.ts';
import type { Junction } from './junction.ts';
import type { LinkOwner } from './link-owner.ts';
import type { Medium } from './medium.ts';
import type { Path } from './path.ts';
import { Reception } from './reception.ts';
import { RequestTable } from './request-table.ts';
import { StreamTable } from './stream-table.ts';

/** What distinguishes one end of a link from the other. */
export interface LinkEnd {
  readonly connection: Junction;
  readonly owner: LinkOwner;
  readonly peer: NodeId;
  readonly initiator: boolean;
  readonly remoteAddress: Address;
  readonly features: ReadonlySet<string>;
  readonly outgoing: Path;
  readonly incoming: Path;
}

/** One end of a simulated link. */
export class MemoryLink implements Link {
  readonly medium: Medium;
  readonly owner: LinkOwner;
  readonly peer: NodeId;
  readonly initiator: boolean;
  readonly remoteAddress: Address;
  readonly features: ReadonlySet<string>;
  readonly outgoing: Path;
  readonly connection: Junction;
  readonly incoming: Path;
  readonly reception = new Reception(this);
  private readonly channels: Partial<Record<TrafficClass, Channel>> = {};
  private requestTable: RequestTable | undefined;
  private streamTable: StreamTable | undefined;
  /** Who waits for the handshake to be over. */
  private opened: Listeners | undefined;
  private readonly closed = new Listeners<[LinkCloseReason]>();
  private lifecycle: LinkState = 'early';
  private reason: LinkCloseReason | undefined;
  private departure: Departure | undefined;

  constructor(end: LinkEnd) {
    this.connection = end.connection;
    this.medium = end.connection.medium;
    this.owner = end.owner;
    this.peer = end.peer;
    this.initiator = end.initiator;
    this.remoteAddress = end.remoteAddress;
    this.features = end.features;
    this.outgoing = end.outgoing;
    this.incoming = end.incoming;
  }

  /** `early` until the handshake is over, when nobody outside the network sees the link yet. */
  get state(): LinkState {
    return this.lifecycle;
  }

  get requests(): RequestTable {
    this.requestTable ??= new RequestTable(this);
    return this.requestTable;
  }

  get streams(): StreamTable {
    this.streamTable ??= new StreamTable(this);
    return this.streamTable;
  }

  get rtt(): number {
    return this.outgoing.latency + this.incoming.latency;
  }

  send(frame: EncodedFrame): boolean {
    if (this.lifecycle !== 'open') return false;
    this.touch();
    return this.channel(trafficClassOf(frame.kind)).send(frame);
  }

  /** Sends a frame of the link's own; `force` ignores the limit of the queue. */
  sendControl(frame: EncodedFrame, force: boolean): boolean {
    return this.lifecycle !== 'closed' && this.channel('control').send(frame, force);
  }

  onDrain(trafficClass: TrafficClass, listener: () => void): Unsubscribe {
    return this.channel(trafficClass).onDrain(() => {
      this.reception.tell('drain listener', listener);
    });
  }

  queuedBytes(trafficClass: TrafficClass): number {
    return this.channels[trafficClass]?.queuedBytes ?? 0;
  }

  request(kind: number, body: Uint8Array, options: RequestOptions = {}): Promise<Uint8Array> {
    if (this.lifecycle !== 'open') return Promise.reject(this.closedError());
    this.touch();
    return this.requests.request(kind, body, options);
  }

  openStream(kind: number, header: Uint8Array): LinkStream {
    if (this.lifecycle !== 'open') throw this.closedError();
    this.touch();
    return this.connection.openStream(this, kind, header);
  }

  sendDatagram(frame: EncodedFrame): boolean {
    const size = frame.end - frame.start;
    if (this.lifecycle !== 'open') return false;
    if (size > this.medium.limits.datagramBytes) return false;
    this.touch();
    this.medium.stats.countSent(this.owner, frame.kind, size);
    const left = this.outgoing.leave(size);
    for (let copies = this.outgoing.copies(); copies > 0; copies--) {
      const arrival = this.outgoing.datagramArrival(left);
      if (Number.isNaN(arrival)) continue;
      const bytes = this.medium.bursts.take(size);
      copyInto(bytes, 0, frame.bytes, frame.start, frame.end);
      this.connection.sendDatagram(this, bytes, arrival);
    }
    return true;
  }

  close(code: LinkCloseCode = LinkCloseCode.none, message = ''): Promise<void> {
    if (this.lifecycle === 'closed') return Promise.resolve();
    if (this.departure === undefined) {
      this.lifecycle = 'closing';
      this.connection.retire();
      const reason = { code, message, remote: false };
      this.departure = new Departure(this.medium, this.owner.clock, this.allChannels(), {
        sent: () => {
          this.connection.announceClosing(this, reason, () => this.departure?.noticeArrived());
          this.finish(reason, true);
        },
        delivered: () => {
          this.connection.closeFar(this, reason);
        },
      });
      this.departure.start();
    }
    return this.departure.sent;
  }

  onClose(listener: (reason: LinkCloseReason) => void): Unsubscribe {
    const guarded = (reason: LinkCloseReason): void => {
      this.reception.tell('close listener', () => {
        listener(reason);
      });
    };
    if (this.reason === undefined) return this.closed.add(guarded);
    guarded(this.reason);
    return () => undefined;
  }

  /** Whether a stream is open here, or a request waits for its response. */
  get isWaiting(): boolean {
    return (this.streamTable?.size ?? 0) > 0 || (this.requestTable?.size ?? 0) > 0;
  }

  /** Whether packets from the peer get in. */
  get reachable(): boolean {
    return this.incoming.open;
  }

  /** The dialler's side of the handshake is over; the other side learns it before any frame. */
  open(): void {
    this.connection.establishFar(this);
    this.establish();
  }

  /** The handshake is over: tells the node, before any frame. */
  establish(): void {
    if (this.lifecycle !== 'early') return;
    this.lifecycle = 'open';
    this.owner.linkOpened(this);
    this.opened?.emit();
    this.opened = undefined;
  }

  /** Resolves when the link is open. Throws LinkClosedError when it closes instead. */
  whenOpen(): Promise<this> {
    return new Promise((resolve, reject) => {
      if (this.lifecycle === 'open') resolve(this);
      else if (this.reason !== undefined) reject(this.closedError());
      else {
        this.opened ??= new Listeners();
        this.opened.add(() => {
          resolve(this);
        });
        this.closed.add(() => {
          reject(this.closedError());
        });
      }
    });
  }

  /** Ends this side here and now; with `keepTransit` the peer still gets what is on its way. */
  finish(reason: LinkCloseReason, keepTransit = false): void {
    if (this.lifecycle === 'closed') return;
    this.lifecycle = 'closed';
    this.reason = reason;
    this.connection.retire();
    this.departure?.leave();
    this.requestTable?.failAll(() => this.closedError());
    this.streamTable?.closeAll(() => this.closedError(), keepTransit);
    if (!keepTransit) this.abortChannels();
    this.owner.linkClosed(this);
    this.closed.emit(reason);
    this.closed.clear();
    this.connection.linkClosed();
  }

  /** The process at this end is gone and can be told nothing. */
  vanish(): void {
    this.lifecycle = 'closed';
    this.owner.linkClosed(this);
    this.closed.clear();
    this.connection.linkClosed();
  }

  abortChannels(): void {
    for (const channel of Object.values(this.channels)) channel.abort();
    this.departure?.abort();
  }

  /** The peer has handled `bytes` of what was sent. */
  consumed(trafficClass: TrafficClass, bytes: number): void {
    this.channels[trafficClass]?.consumed(bytes);
  }

  /** The network has changed. */
  wake(): void {
    for (const channel of this.allChannels()) channel.wake();
  }

  private channel(trafficClass: TrafficClass): Channel {
    let channel = this.channels[trafficClass];
    if (channel === undefined) {
      channel = this.connection.channelFrom(this, trafficClass);
      this.channels[trafficClass] = channel;
    }
    return channel;
  }

  private allChannels(): readonly Channel[] {
    return (
      this.departure?.channels ?? [
        ...Object.values(this.channels),
        ...(this.streamTable?.channels() ?? []),
      ]
    );
  }

  private touch(): void {
    this.connection.usedAt = this.medium.deliveries.now();
  }

  private closedError(): LinkClosedError {
    const why = this.reason === undefined ? '' : `: ${describe(this.reason)}`;
    return new LinkClosedError(`the link to ${this.peer.key} is not open${why}`);
  }
}

function describe(reason: LinkCloseReason): string {
  const who = reason.remote ? 'the peer' : 'this side';
  const what = reason.message === '' ? '' : ` (${reason.message})`;
  return `${who} closed it with code ${reason.code}${what}`;
}
