import { LimitExceededError, LinkCloseCode } from '@macula/core';
import { FrameKind } from '@macula/wire';
import { Channel } from './channel.ts';
import { copyBytes } from './copy-bytes.ts';
import type { MemoryLink } from './memory-link.ts';
import { MemoryStream, type StreamHome } from './memory-stream.ts';

/** The streams of one end of a link. */
export class StreamTable implements StreamHome {
  readonly link: MemoryLink;
  private readonly streams = new Set<MemoryStream>();
  private openedHere = 0;

  constructor(link: MemoryLink) {
    this.link = link;
  }

  get size(): number {
    return this.streams.size;
  }

  /** Opens a stream to `far`, the same link's other end. Throws LimitExceededError. */
  open(kind: number, header: Uint8Array, far: StreamTable): MemoryStream {
    const { limits } = this.link.medium;
    if (this.openedHere >= limits.streams) {
      throw new LimitExceededError(`${limits.streams} streams are open on this link already`);
    }
    const here = new MemoryStream(this, kind, copyBytes(header), true);
    const there = new MemoryStream(far, kind, copyBytes(header), false);
    here.connect(there, this.channelTo(there));
    there.connect(here, far.channelTo(here));
    this.openedHere++;
    this.streams.add(here);
    const opening = this.link.medium.writer.empty().frame(FrameKind.streamOpen, header);
    here.channel.send(opening, true);
    return here;
  }

  /** The channels that lead to the peer. */
  *channels(): Iterable<Channel> {
    for (const stream of this.streams) yield stream.channel;
  }

  closeAll(error: () => Error, keepTransit: boolean): void {
    for (const stream of [...this.streams]) stream.close(error(), keepTransit);
  }

  accept(stream: MemoryStream): void {
    const { medium, owner, reception } = this.link;
    this.streams.add(stream);
    const handler = owner.handlers.streams.get(stream.kind);
    if (handler === undefined) {
      medium.stats.countSkipped(owner);
      stream.reset(LinkCloseCode.internal);
      return;
    }
    const taken = reception.tell(`stream handler of kind 0x${stream.kind.toString(16)}`, () => {
      handler(this.link, stream);
    });
    if (!taken) stream.reset(LinkCloseCode.internal);
  }

  streamClosed(stream: MemoryStream): void {
    if (this.streams.delete(stream) && stream.opener) this.openedHere--;
  }

  private channelTo(receiver: MemoryStream): Channel {
    return new Channel(this.link.medium, this.link.outgoing, receiver);
  }
}
