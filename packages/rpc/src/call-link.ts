import type { Link } from '@macula/core';

/** What calls need of a link: the transport's, or the loopback for calls to this node itself. */
export type CallLink = Pick<
  Link,
  'peer' | 'state' | 'rtt' | 'send' | 'onDrain' | 'openStream' | 'close' | 'onClose'
>;

/** One object per link, made when first needed and forgotten when the link closes. */
export class PerLink<T> {
  readonly #create: (link: CallLink) => T;
  readonly #items = new Map<CallLink, T>();
  #lastLink: CallLink | undefined;
  #last: T | undefined;

  constructor(create: (link: CallLink) => T) {
    this.#create = create;
  }

  get(link: CallLink): T | undefined {
    if (link === this.#lastLink) return this.#last;
    const item = this.#items.get(link);
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
    this.#items.set(link, item);
    return item;
  }

  delete(link: CallLink): void {
    this.#items.delete(link);
    if (link === this.#lastLink) this.#lastLink = this.#last = undefined;
  }

  values(): T[] {
    return [...this.#items.values()];
  }
}
