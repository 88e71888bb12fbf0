import type { EncodedFrame, Link, Links, Unsubscribe } from '@macula/core';

interface OpenLink {
  readonly subscriptions: Unsubscribe[];
  /** The peer has said who it is. */
  introduced: boolean;
  /** The peer has named the members it has met. */
  heard: boolean;
}

/** Follows every open link from its opening to its close, and owes those whose queue is full a fresh frame. */
export class OpenLinks {
  readonly #links: Links;
  readonly #open = new Map<Link, OpenLink>();
  /** Links that refused a frame, with what cancels the wait for room. */
  readonly #owing = new Map<Link, Unsubscribe>();
  #unsubscribe: Unsubscribe | undefined;

  constructor(links: Links) {
    this.#links = links;
  }

  start(onOpen: (link: Link) => void, onClosed: (link: Link) => void): void {
    const follow = (link: Link): void => {
      if (this.#open.has(link)) return;
      const subscriptions: Unsubscribe[] = [];
      this.#open.set(link, { subscriptions, introduced: false, heard: false });
      onOpen(link);
      subscriptions.push(
        link.onClose(() => {
          this.#release(link);
          onClosed(link);
        }),
      );
    };
    this.#unsubscribe = this.#links.onLink(follow);
    for (const link of this.#links.all()) follow(link);
  }

  all(): Iterable<Link> {
    return this.#open.keys();
  }

  /** Whether this is the first introduction of the peer on this link. */
  introduce(link: Link): boolean {
    const open = this.#open.get(link);
    if (open === undefined || open.introduced) return false;
    open.introduced = true;
    return true;
  }

  /** The peer has named the members it has met. */
  hear(link: Link): void {
    const open = this.#open.get(link);
    if (open !== undefined) open.heard = true;
  }

  /** Whether every peer has named the members it has met. */
  get allHeard(): boolean {
    for (const { heard } of this.#open.values()) if (!heard) return false;
    return true;
  }

  /** Sends a frame; when the queue is full, sends what `instead` makes once there is room again. */
  send(link: Link, frame: EncodedFrame, instead: () => EncodedFrame): void {
    if (link.send(frame) || this.#owing.has(link) || !this.#open.has(link)) return;
    this.#owing.set(
      link,
      link.onDrain('control', () => {
        this.#owing.get(link)?.();
        this.#owing.delete(link);
        this.send(link, instead(), instead);
      }),
    );
  }

  stop(): void {
    this.#unsubscribe?.();
    for (const link of [...this.#open.keys()]) this.#release(link);
  }

  #release(link: Link): void {
    this.#owing.get(link)?.();
    this.#owing.delete(link);
    for (const unsubscribe of this.#open.get(link)?.subscriptions ?? []) unsubscribe();
    this.#open.delete(link);
  }
}
