import { LinkCloseCode, type LinkCloseReason } from '@macula/core';
import type { Channel } from './channel.ts';
import { copyBytes } from './copy-bytes.ts';
import { Delivery } from './delivery-queue.ts';
import type { Junction } from './junction.ts';
import type { LinkOwner } from './link-owner.ts';
import type { Medium } from './medium.ts';
import type { MemoryLink } from './memory-link.ts';
import { type FarStream, MemoryStream } from './memory-stream.ts';
import { NearChannel } from './near-channel.ts';
import { Notice } from './notice.ts';
import type { Path } from './path.ts';

/** Who keeps a connection. */
export interface ConnectionHome {
  /** Told once, when the first end closes. */
  connectionRetired(connection: Connection): void;
  /** Told when both ends are closed. */
  connectionOver(connection: Connection): void;
}

const noLinks: readonly MemoryLink[] = [];

/** What two ends of a link share: the paths between them, and whether anything gets through. */
export class Connection implements Junction {
  readonly medium: Medium;
  /** When either end has last sent something. */
  usedAt: number;
  private readonly paths: readonly [Path, Path];
  private readonly home: ConnectionHome;
  /** Made for the first notice. */
  private notices: Set<Notice> | undefined;
  private links: readonly MemoryLink[] = noLinks;
  private dead = false;
  /** No end is closing or closed: a dial between the same nodes may share it. */
  private usable = true;

  constructor(medium: Medium, paths: readonly [there: Path, back: Path], home: ConnectionHome) {
    this.medium = medium;
    this.paths = paths;
    this.home = home;
    this.usedAt = medium.deliveries.now();
  }

  /** The initiator's and the acceptor's. */
  get ends(): readonly MemoryLink[] {
    return this.links;
  }

  join(initiator: MemoryLink, acceptor: MemoryLink): void {
    this.links = [initiator, acceptor];
  }

  endOf(owner: LinkOwner): MemoryLink | undefined {
    return this.links.find((link) => link.owner === owner);
  }

  /** Whether a node at one end wants to keep it, or has a stream open or an answer to come. */
  get wanted(): boolean {
    return this.links.some((link) => link.isWaiting || link.owner.hasPinned(link.peer));
  }

  channelFrom(end: MemoryLink): Channel {
    return new NearChannel(this.medium, end.outgoing, this.across(end).reception);
  }

  openStream(end: MemoryLink, kind: number, header: Uint8Array): MemoryStream {
    const far = this.across(end);
    return end.streams.open(kind, header, (here) => {
      const there = new MemoryStream(far.streams, kind, copyBytes(header), false);
      here.connect(this.farOf(there, end), new NearChannel(this.medium, end.outgoing, there));
      there.connect(this.farOf(here, far), new NearChannel(this.medium, far.outgoing, here));
    });
  }

  sendDatagram(end: MemoryLink, bytes: Uint8Array, arrival: number): void {
    this.medium.deliveries.schedule(new Datagram(this.across(end), bytes), arrival);
  }

  establishFar(end: MemoryLink): void {
    const far = this.across(end);
    this.notify(end.outgoing, () => far.establish());
  }

  announceClosing(end: MemoryLink, _reason: LinkCloseReason, heard: () => void): void {
    this.notify(end.outgoing, heard);
  }

  closeFar(end: MemoryLink, reason: LinkCloseReason): void {
    this.across(end).finish({ ...reason, remote: true });
  }

  /** Lets `act` happen at the far end of `path` as soon as the network allows. */
  private notify(path: Path, act: () => void): void {
    const notice = new Notice(this.medium, path, () => {
      this.notices?.delete(notice);
      if (this.notices?.size === 0) this.notices = undefined;
      act();
    });
    this.notices ??= new Set();
    this.notices.add(notice);
  }

  /** Whether packets in one direction at least do not get through, and somebody is there to notice. */
  get blocked(): boolean {
    return !this.dead && !this.paths.every((path) => path.open);
  }

  /** The network has changed: what waited tries again. */
  review(): void {
    if (this.dead) {
      this.silence();
      return;
    }
    for (const notice of this.notices ?? []) notice.wake();
    for (const link of this.links) link.wake();
  }

  /** Ends the connection as silent wherever there is a process to notice; one that is paused notices when it goes on. */
  silence(): void {
    this.dead = true;
    this.retire();
    for (const link of this.links) {
      if (link.owner.condition === 'running') {
        link.finish({
          code: LinkCloseCode.silent,
          message: `nothing got through for ${this.medium.limits.silenceMs} ms`,
          remote: false,
        });
      } else if (link.owner.condition === 'crashed') {
        link.vanish();
      }
    }
  }

  retire(): void {
    if (!this.usable) return;
    this.usable = false;
    this.home.connectionRetired(this);
  }

  /** Called by an end that has closed. */
  linkClosed(): void {
    if (this.links.some((link) => link.state !== 'closed')) return;
    for (const notice of this.notices ?? []) this.medium.deliveries.cancel(notice);
    this.notices = undefined;
    for (const link of this.links) link.abortChannels();
    this.home.connectionOver(this);
  }

  /** Nobody uses it. */
  leave(): void {
    void this.links[0]?.close(LinkCloseCode.idle, 'nobody uses it');
  }

  private across(end: MemoryLink): MemoryLink {
    return this.links[end.initiator ? 1 : 0] as MemoryLink;
  }

  /** `there` as the stream at `end` sees it. */
  private farOf(there: MemoryStream, end: MemoryLink): FarStream {
    return {
      reset: (error) => {
        this.notify(end.outgoing, () => {
          there.close(error);
        });
      },
      consumed: (bytes) => {
        there.channel.consumed(bytes);
      },
      leave: () => undefined,
    };
  }
}

class Datagram extends Delivery {
  private readonly target: MemoryLink;
  private readonly bytes: Uint8Array;

  constructor(target: MemoryLink, bytes: Uint8Array) {
    super();
    this.target = target;
    this.bytes = bytes;
  }

  arrive(): void {
    if (this.target.reachable) this.target.reception.receive(this.bytes);
  }
}
