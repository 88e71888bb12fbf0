import { LimitExceededError, LinkCloseCode } from '@macula/core';
import { FrameKind } from '@macula/wire';
import type { Channel } from './channel.ts';
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

  /** Opens a stream, which `join` connects with its far end. Throws LimitExceededError. */
  open(kind: number, header: Uint8Array, join: (here: MemoryStream) => void): MemoryStream {
    const { limits } = this.link.medium;
    if (this.openedHere >= limits.streams) {
      throw new LimitExceededError(`${limits.streams} streams are open on this link already`);
    }
    const here = new MemoryStream(this, kind, copyBytes(header), true);
    join(here);
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
}
