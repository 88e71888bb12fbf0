import type { EncodedFrame, FrameView, Link, Unsubscribe } from '@macula/core';
import { FrameKind, type FrameWriter } from '@macula/wire';
import { Fifo } from '../fifo.ts';

/** What an inlet passes on over one link, in order, and bounded. */
export class InletQueue {
  readonly link: Link;
  readonly #maxBytes: number;
  readonly #writer: FrameWriter;
  readonly #waiting = new Fifo<EncodedFrame>();
  readonly #release: Unsubscribe[];
  readonly #onClosed: () => void;
  #bytes = 0;
  #open = true;

  constructor(link: Link, writer: FrameWriter, maxBytes: number, onClosed: () => void) {
    this.#writer = writer;
    this.link = link;
    this.#maxBytes = maxBytes;
    this.#onClosed = onClosed;
    this.#release = [link.onDrain('events', () => this.#flush()), link.onClose(() => this.close())];
  }

  /** Sends a header, and the payload of `frame` as it came. False when there is no room. */
  push(header: Uint8Array, frame?: FrameView): boolean {
    if (!this.#open) return true;
    const filled =
      frame === undefined
        ? this.#writer.empty()
        : this.#writer.payload(frame.bytes, frame.headerEnd, frame.payloadEnd);
    const made = filled.frame(FrameKind.inlet, header);
    if (this.#waiting.length === 0 && this.link.send(made)) return true;
    const size = made.end - made.start;
    if (this.#bytes + size > this.#maxBytes) return false;
    const bytes = Uint8Array.prototype.slice.call(made.bytes, made.start, made.end);
    this.#waiting.push({ kind: made.kind, bytes, start: 0, end: size });
    this.#bytes += size;
    return true;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#waiting.clear();
    for (const release of this.#release.splice(0)) release();
    this.#onClosed();
  }

  #flush(): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (!this.link.send(next)) return;
      this.#waiting.shift();
      this.#bytes -= next.end;
    }
  }
}
