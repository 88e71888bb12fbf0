import {
  LinkCloseCode,
  type LinkCloseReason,
  type TrafficClass,
  trafficClasses,
} from '@macula/core';
import type { Channel } from '../network/channel.ts';
import type { Deliveries } from '../network/delivery-queue.ts';
import type { Idle } from '../network/idle-watch.ts';
import type { Junction } from '../network/junction.ts';
import type { Medium } from '../network/medium.ts';
import type { MemoryLink } from '../network/memory-link.ts';
import type { MemoryStream } from '../network/memory-stream.ts';
import type { Path } from '../network/path.ts';
import { FarChannel } from './far-channel.ts';
import { FarStreams } from './far-streams.ts';
import { Held } from './held.ts';
import { type Parcel, ParcelKind } from './parcel.ts';

/** What one node has of the network: like its neighbours', but for its own chance, and its own end of every turn. */
export interface NodeMedium extends Medium {
  readonly deliveries: Deliveries;
  /** Sends a parcel off to another node, of this shard or another. */
  post(to: number, label: Posted, body: Uint8Array, arrival: number): void;
}

/** What a parcel's label says besides who sends it where and when. */
export interface Posted {
  readonly kind: ParcelKind;
  readonly connection: number;
  readonly channel: number;
}

/** Who keeps a half. */
export interface HalfConnectionHome {
  /** Its end is closed. */
  halfOver(half: HalfConnection): void;
}

const nothing = new Uint8Array(0);

/**
 * One end's half of a connection. It shares nothing with the other half: they tell each other everything in parcels,
 * wherever the other may be.
 */
export class HalfConnection implements Junction, Idle {
  readonly medium: NodeMedium;
  /** The same at both ends, and of no other connection between the two. */
  readonly number: number;
  /** The peer's number. */
  readonly peer: number;
  usedAt: number;
  /** An earlier connection with the same peer that is not over yet; kept by NodeHalves. */
  older: HalfConnection | undefined;
  private readonly home: HalfConnectionHome;
  private link: MemoryLink | undefined;
  /** By traffic class: bytes that were handled and that the peer has no credit for yet. */
  private handled: number[] | undefined;
  private farStreams: FarStreams | undefined;
  private held: Held | undefined;
  private latestArrival = 0;
  private dead = false;
  private usable = true;

  constructor(medium: NodeMedium, home: HalfConnectionHome, number: number, peer: number) {
    this.medium = medium;
    this.home = home;
    this.number = number;
    this.peer = peer;
    this.usedAt = medium.deliveries.now();
  }

  /** No end is closing or closed: a dial may share it. */
  get isUsable(): boolean {
    return this.usable;
  }

  /** The way to the peer, and the way back. */
  get there(): Path {
    return this.end.outgoing;
  }

  get back(): Path {
    return this.end.incoming;
  }

  get end(): MemoryLink {
    return this.link as MemoryLink;
  }

  join(link: MemoryLink): void {
    this.link = link;
  }

  get wanted(): boolean {
    return this.end.isWaiting || this.end.owner.hasPinned(this.end.peer);
  }

  get blocked(): boolean {
    return !this.dead && !(this.there.open && this.back.open);
  }

  channelFrom(_end: MemoryLink, trafficClass: TrafficClass): Channel {
    return new FarChannel(this, this.there, trafficClasses.indexOf(trafficClass));
  }

  openStream(_end: MemoryLink, kind: number, header: Uint8Array): MemoryStream {
    return this.streams.open(kind, header);
  }

  sendDatagram(_end: MemoryLink, bytes: Uint8Array, arrival: number): void {
    this.send(ParcelKind.datagram, 0, bytes, arrival);
  }

  establishFar(): void {
    this.tell(ParcelKind.established, 0, nothing);
  }

  announceClosing(_end: MemoryLink, { code, message }: LinkCloseReason): void {
    this.tell(ParcelKind.closing, code, Buffer.from(message, 'utf8'));
  }

  closeFar(): void {
    return;
  }

  /** Posts what the network delivers whatever it takes. */
  post(kind: ParcelKind, channel: number, body: Uint8Array, arrival: number): void {
    this.latestArrival = Math.max(this.latestArrival, arrival);
    this.send(kind, channel, body, arrival);
  }

  /** Tells the far end something that it learns after all that was told or sent before; returns when. */
  tell(kind: ParcelKind, channel: number, body: Uint8Array): number {
    const arrival = Math.max(this.latestArrival, this.there.reliableArrival(0));
    this.post(kind, channel, body, arrival);
    return arrival;
  }

  /** Tells the peer what was handled of a channel's window, but not every time. Returns what it is still to be told of. */
  credit(channel: number, handled: number): number {
    if (handled < this.medium.limits.windowBytes / 2) return handled;
    const body = new Uint8Array(8);
    new DataView(body.buffer).setFloat64(0, handled);
    this.tell(ParcelKind.credit, channel, body);
    return 0;
  }

  /** A parcel of the other half is there. */
  receive(parcel: Parcel): void {
    if (parcel.kind === ParcelKind.datagram) {
      if (!this.end.reachable) return;
      this.usedAt = this.medium.deliveries.now();
      this.back.observe(this.usedAt - parcel.sentAt);
      this.end.reception.receive(parcel.body);
    } else if (this.held?.isEmpty === false || !this.end.reachable) {
      this.held ??= new Held(this);
      this.held.add(parcel);
    } else this.take(parcel);
  }

  /** Takes a parcel that has got through. */
  take({ kind, channel, sentAt, body }: Parcel): void {
    this.back.observe(this.medium.deliveries.now() - sentAt);
    if (kind === ParcelKind.burst) this.takeBurst(channel, body);
    else if (kind === ParcelKind.established) this.end.establish();
    else if (kind === ParcelKind.credit) this.takeCredit(channel, body);
    else if (kind === ParcelKind.idle) this.leaveIfUnwanted();
    else if (kind === ParcelKind.closing) {
      const message = Buffer.from(body).toString('utf8');
      this.end.finish({ code: channel, message, remote: true });
    } else this.streams.take(kind, channel, body);
  }

  review(): void {
    if (this.dead) {
      this.silence();
      return;
    }
    this.held?.wake();
    this.end.wake();
  }

  silence(): void {
    this.dead = true;
    this.retire();
    if (this.end.owner.condition !== 'running') return;
    const message = `nothing got through for ${this.medium.limits.silenceMs} ms`;
    this.end.finish({ code: LinkCloseCode.silent, message, remote: false });
  }

  /** Nobody here uses it: asks the peer whether that is so there, too. */
  leave(): void {
    if (this.end.initiator && this.end.state === 'open') this.tell(ParcelKind.idle, 0, nothing);
  }

  retire(): void {
    this.usable = false;
  }

  linkClosed(): void {
    this.retire();
    this.held?.clear();
    this.end.abortChannels();
    this.home.halfOver(this);
  }

  private get streams(): FarStreams {
    this.farStreams ??= new FarStreams(this);
    return this.farStreams;
  }

  private takeBurst(channel: number, burst: Uint8Array): void {
    this.usedAt = this.medium.deliveries.now();
    if (channel >= trafficClasses.length) {
      this.streams.take(ParcelKind.burst, channel, burst);
      return;
    }
    this.handled ??= [0, 0, 0];
    const handled = (this.handled[channel] as number) + this.end.reception.receive(burst);
    this.handled[channel] = this.credit(channel, handled);
  }

  private takeCredit(channel: number, body: Uint8Array): void {
    const bytes = new DataView(body.buffer, body.byteOffset).getFloat64(0);
    const trafficClass = trafficClasses[channel];
    if (trafficClass !== undefined) this.end.consumed(trafficClass, bytes);
    else this.streams.consumed(channel, bytes);
  }

  private leaveIfUnwanted(): void {
    const idle = this.usedAt <= this.medium.deliveries.now() - this.medium.limits.idleMs;
    if (idle && !this.wanted) void this.end.close(LinkCloseCode.idle, 'nobody uses it');
  }

  private send(kind: ParcelKind, channel: number, body: Uint8Array, arrival: number): void {
    this.medium.post(this.peer, { kind, connection: this.number, channel }, body, arrival);
  }
}
