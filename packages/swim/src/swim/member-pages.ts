import type { NodeId } from '@macula/core';

type Page<T> = readonly T[];

/** One for each first byte of an ID. */
const pageCount = 256;
const emptyPage: Page<never> = [];

/**
 * A map from node IDs to what carries them, in ascending order of IDs; a member of a mesh of thousands remembers
 * thousands. It consists of sorted pages that are replaced and never written, so a copy costs a list of pages,
 * and copies share all pages that none of them has replaced. Who chooses IDs with the same first byte
 * fills one page; even if it holds all of `maxMembers`, replacing it is one copy of an array.
 */
export class MemberPages<T extends { readonly id: NodeId }> {
  #pages = new Array<Page<T>>(pageCount).fill(emptyPage);
  #size = 0;

  /** With all that `original` has now. */
  static copyOf<T extends { readonly id: NodeId }>(original: MemberPages<T>): MemberPages<T> {
    const copy = new MemberPages<T>();
    copy.#pages = [...original.#pages];
    copy.#size = original.#size;
    return copy;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    const page = this.#pages[numberOf(key)] as Page<T>;
    const item = page[placeIn(page, key)];
    return item?.id.key === key ? item : undefined;
  }

  /** In place of what has the same ID. */
  set(item: T): void {
    const { key } = item.id;
    const number = numberOf(key);
    const page = this.#pages[number] as Page<T>;
    const place = placeIn(page, key);
    const isKnown = page[place]?.id.key === key;
    this.#pages[number] = page.toSpliced(place, isKnown ? 1 : 0, item);
    if (!isKnown) this.#size++;
  }

  delete(key: string): boolean {
    const number = numberOf(key);
    const page = this.#pages[number] as Page<T>;
    const place = placeIn(page, key);
    if (page[place]?.id.key !== key) return false;
    this.#pages[number] = page.length === 1 ? emptyPage : page.toSpliced(place, 1);
    this.#size--;
    return true;
  }

  /** As they are now, whatever comes and goes while somebody iterates. */
  *values(): Iterable<T> {
    for (const page of [...this.#pages]) yield* page;
  }
}

/** Where the item with `key` is on its page, or belongs. */
function placeIn(page: Page<{ readonly id: NodeId }>, key: string): number {
  let from = 0;
  let to = page.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((page[middle] as { readonly id: NodeId }).id.key < key) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The page of `key`: what its first two hex digits say. */
function numberOf(key: string): number {
  return (digit(key.charCodeAt(0)) << 4) | digit(key.charCodeAt(1));
}

function digit(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
