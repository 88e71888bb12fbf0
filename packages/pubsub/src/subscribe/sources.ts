import type { Link } from '@macula/core';
import { Source } from './source.ts';

/** The links that events come over. Remembers the last one asked for, since events come in runs. */
export class Sources {
  readonly #onDrain: () => void;
  readonly #sources = new Map<Link, { source: Source; release: () => void }>();
  #lastLink: Link | undefined;
  #lastSource: Source | undefined;

  /** `onDrain`: a link that had refused feedback has room again. */
  constructor(onDrain: () => void) {
    this.#onDrain = onDrain;
  }

  get size(): number {
    return this.#sources.size;
  }

  of(link: Link): Source {
    if (link === this.#lastLink && this.#lastSource !== undefined) return this.#lastSource;
    const source = this.#sources.get(link)?.source ?? this.#open(link);
    this.#lastLink = link;
    this.#lastSource = source;
    return source;
  }

  close(): void {
    for (const link of [...this.#sources.keys()]) this.#drop(link);
  }

  #open(link: Link): Source {
    const source = new Source(link);
    const released: (() => void)[] = [];
    this.#sources.set(link, {
      source,
      release: () => {
        for (const release of released) release();
      },
    });
    released.push(link.onDrain('events', this.#onDrain));
    released.push(link.onClose(() => this.#drop(link)));
    return source;
  }

  #drop(link: Link): void {
    const known = this.#sources.get(link);
    if (known === undefined) return;
    this.#sources.delete(link);
    known.release();
    known.source.close();
    if (this.#lastLink === link) this.#lastLink = this.#lastSource = undefined;
  }
}
