import {
  type DirectoryChange,
  type DirectoryEntry,
  DirectoryKey,
  type DirectoryWatch,
  type Logger,
} from '@macula/core';
import { EntrySet } from './entry-set.ts';

type Listener = (change: DirectoryChange) => void;

/** What is known of one key; exists while it has entries or listeners. */
interface Place {
  readonly key: DirectoryKey;
  readonly entries: EntrySet;
  listeners: Set<Listener> | undefined;
}

const ready = Promise.resolve();

/** All entries of all nodes by key, and who watches them. Every change is reported once, after it is in place. */
export class EntryStore {
  readonly #logger: Logger;
  readonly #places = new Map<string, Place>();
  #size = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Entries of all nodes. */
  get size(): number {
    return this.#size;
  }

  /** The one key object for these 32 bytes, so that a thousand entries under a key share it. */
  keyOf(bytes: Uint8Array): DirectoryKey {
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
    return this.#places.get(hex)?.key ?? DirectoryKey.fromBytes(bytes);
  }

  add(entry: DirectoryEntry): void {
    const place = this.#placeOf(entry.key);
    place.entries.add(entry);
    this.#size++;
    this.#notify(place, { type: 'added', entry });
  }

  /** Both entries have the same key. */
  replace(old: DirectoryEntry, entry: DirectoryEntry): void {
    const place = this.#placeOf(entry.key);
    place.entries.delete(old);
    place.entries.add(entry);
    this.#notify(place, { type: 'updated', entry });
  }

  remove(entry: DirectoryEntry): void {
    const place = this.#placeOf(entry.key);
    place.entries.delete(entry);
    this.#size--;
    this.#notify(place, { type: 'removed', entry });
    this.#tidy(place);
  }

  lookup(key: DirectoryKey): readonly DirectoryEntry[] {
    const place = this.#places.get(key.key);
    return place === undefined ? [] : [...place.entries];
  }

  watch(key: DirectoryKey, onChange: Listener): DirectoryWatch {
    const place = this.#placeOf(key);
    // Wrapped, so that a function that watches twice is called twice.
    const listener: Listener = (change) => onChange(change);
    (place.listeners ??= new Set()).add(listener);
    return {
      entries: place.entries,
      ready,
      close: () => {
        place.listeners?.delete(listener);
        if (place.listeners?.size === 0) place.listeners = undefined;
        this.#tidy(place);
      },
    };
  }

  clear(): void {
    this.#places.clear();
    this.#size = 0;
  }

  #placeOf(key: DirectoryKey): Place {
    let place = this.#places.get(key.key);
    if (place === undefined) {
      place = { key, entries: new EntrySet(), listeners: undefined };
      this.#places.set(key.key, place);
    }
    return place;
  }

  #tidy(place: Place): void {
    // A listener may have put a new place there meanwhile.
    if (
      place.listeners === undefined &&
      place.entries.size === 0 &&
      this.#places.get(place.key.key) === place
    ) {
      this.#places.delete(place.key.key);
    }
  }

  #notify(place: Place, change: DirectoryChange): void {
    if (place.listeners === undefined) return;
    // A copy: who begins to watch inside a listener has this change in its entries already.
    for (const listener of [...place.listeners]) {
      if (place.listeners?.has(listener) !== true) continue;
      try {
        listener(change);
      } catch (error) {
        this.#logger.error({ error, key: place.key.key }, 'a directory listener has thrown');
      }
    }
  }
}
