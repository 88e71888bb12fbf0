import type { EncodedFrame, FrameView, Link } from '@macula/core';
import { readFrame } from '@macula/wire';

/** A link of which only the sending side exists; its queue takes `room` frames until `deliver()` empties it. */
export class NarrowLink {
  readonly #queue: Uint8Array[] = [];
  readonly #listeners = new Set<() => void>();
  #refused = false;
  room: number;
  /** Frames that were ever taken. */
  taken = 0;

  constructor(room = Infinity) {
    this.room = room;
  }

  get waitingListeners(): number {
    return this.#listeners.size;
  }

  /** As the Link that a component wants. */
  get asLink(): Link {
    return this as unknown as Link;
  }

  send(frame: EncodedFrame): boolean {
    if (this.#queue.length >= this.room) {
      this.#refused = true;
      return false;
    }
    this.taken++;
    this.#queue.push(frame.bytes.slice(frame.start, frame.end));
    return true;
  }

  onDrain(_: string, listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hands over up to `most` queued frames, then tells of the room. */
  deliver(receive: (frame: FrameView) => void, most = Infinity): void {
    for (const bytes of this.#queue.splice(0, most)) receive(readFrame(bytes));
    if (!this.#refused) return;
    this.#refused = false;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Loses what is queued, as the end of a link does. */
  lose(): void {
    this.#queue.length = 0;
  }
}
