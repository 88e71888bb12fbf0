import type { Link, LinkCloseReason, Unsubscribe } from '@macula/core';

/** What calls need of a link: the transport's, or the loopback for calls to this node itself. */
export type CallLink = Pick<
  Link,
  'peer' | 'state' | 'rtt' | 'send' | 'onDrain' | 'openStream' | 'close' | 'onClose'
>;

interface Held<T> {
  readonly item: T;
  stopListening: Unsubscribe;
}

/** One object per link, made when first needed and forgotten when the link closes. */
export class PerLink<T> {
  readonly #create: (link: CallLink) => T;
  readonly #closed: (item: T, reason: LinkCloseReason) => void;
  readonly #held = new Map<CallLink, Held<T>>();
  /** Frames come in bursts from one link: remembering it spares most look-ups. */
  #lastLink: CallLink | undefined;
  #last: T | undefined;

  /** `closed` is told of objects whose link is gone. */
  constructor(create: (link: CallLink) => T, closed: (item: T, reason: LinkCloseReason) => void) {
    this.#create = create;
    this.#closed = closed;
  }

  get(link: CallLink): T | undefined {
    if (link === this.#lastLink) return this.#last;
    const item = this.#held.get(link)?.item;
    if (item !== undefined) {
      this.#lastLink = link;
      this.#last = item;
    }
    return item;
  }

  getOrCreate(link: CallLink): T {
    const known = this.get(link);
    if (known !== undefined) return known;
    const item = this.#create(link);
    const held: Held<T> = { item, stopListening: () => undefined };
    this.#held.set(link, held);
    held.stopListening = link.onClose((reason) => {
      this.#delete(link);
      this.#closed(item, reason);
    });
    return item;
  }

  values(): T[] {
    return Array.from(this.#held.values(), ({ item }) => item);
  }

  /** Forgets everything and listens no more. */
  clear(): void {
    for (const { stopListening } of this.#held.values()) stopListening();
    this.#held.clear();
    this.#lastLink = this.#last = undefined;
  }

  #delete(link: CallLink): void {
    this.#held.delete(link);
    if (link === this.#lastLink) this.#lastLink = this.#last = undefined;
  }
}
