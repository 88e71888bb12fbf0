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
  /** Its end closes: no dial shares it any more. */
  halfRetired(half: HalfConnection): void;
  /** Its end is closed. */
  halfOver(half: HalfConnection): void;
}

export interface HalfConnectionPlace {
  readonly medium: NodeMedium;
  readonly home: HalfConnectionHome;
  /** The same at both ends, and of no other two. */
  readonly number: number;
  /** Numbers of the nodes. */
  readonly owner: number;
  readonly peer: number;
  readonly there: Path;
  readonly back: Path;
}

const nothing = new Uint8Array(0);

/**
 * One end's half of a connection. It shares nothing with the other half: they tell each other everything in parcels,
 * wherever the other may be.
 */
export class HalfConnection implements Junction, Idle {
  readonly medium: NodeMedium;
  readonly place: HalfConnectionPlace;
  usedAt: number;
  private link: MemoryLink | undefined;
  private channels: FarChannel[] | undefined;
  /** By traffic class: bytes that were handled and that the peer has no credit for yet. */
  private handled: number[] | undefined;
  private farStreams: FarStreams | undefined;
  private held: Held | undefined;
  private latestArrival = 0;
  private dead = false;
  private usable = true;

  constructor(place: HalfConnectionPlace) {
    this.place = place;
    this.medium = place.medium;
    this.usedAt = place.medium.deliveries.now();
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
    return !this.dead && !(this.place.there.open && this.place.back.open);
  }

  channelFrom(_end: MemoryLink, trafficClass: TrafficClass): Channel {
    const number = trafficClasses.indexOf(trafficClass);
    const channel = new FarChannel(this, this.place.there, number);
    this.channels ??= [];
    this.channels[number] = channel;
    return channel;
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
    const arrival = Math.max(this.latestArrival, this.place.there.reliableArrival(0));
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
    const { kind, sentAt } = parcel.label;
    if (kind === ParcelKind.datagram) {
      if (!this.end.reachable) return;
      this.place.back.observe(this.medium.deliveries.now() - sentAt);
      this.usedAt = this.medium.deliveries.now();
      this.end.reception.receive(parcel.body);
    } else if (this.held?.isEmpty === false || !this.end.reachable) {
      this.held ??= new Held(this);
      this.held.add(parcel);
    } else this.take(parcel);
  }

  /** Takes a parcel that has got through. */
  take({ label: { kind, channel, sentAt }, body }: Parcel): void {
    this.place.back.observe(this.medium.deliveries.now() - sentAt);
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
    if (!this.usable) return;
    this.usable = false;
    this.place.home.halfRetired(this);
  }

  linkClosed(): void {
    this.retire();
    this.held?.clear();
    this.end.abortChannels();
    this.place.home.halfOver(this);
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
    if (channel < trafficClasses.length) this.channels?.[channel]?.consumed(bytes);
    else this.streams.consumed(channel, bytes);
  }

  private leaveIfUnwanted(): void {
    const idle = this.usedAt <= this.medium.deliveries.now() - this.medium.limits.idleMs;
    if (idle && !this.wanted) void this.end.close(LinkCloseCode.idle, 'nobody uses it');
  }

  private send(kind: ParcelKind, channel: number, body: Uint8Array, arrival: number): void {
    const { number: connection, peer } = this.place;
    this.medium.post(peer, { kind, connection, channel }, body, arrival);
  }
}
