import {
  type Announcement,
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  DirectoryKey,
  type DirectoryWatch,
  type LookupOptions,
  type Pattern,
  patternsOverlap,
  type Realm,
} from '@macula/core';
import { catalogueKinds, type CatalogueKind, cataloguersKey, listedKey } from './catalogue-keys.ts';
import { readPattern } from './listed-pattern.ts';

interface Own {
  readonly key: DirectoryKey;
  value: Uint8Array;
  /** By the cataloguer's pattern. */
  readonly listed: Map<string, Announcement>;
}

/** Patterns of cataloguers that a node takes note of. */
const maxPatterns = 256;

/**
 * A directory whose announcements are listed, besides, wherever a catalogue asks for them (`openCatalogue`). Keys are made of
 * whole literal prefixes, so that somebody who is interested in everything under a prefix could not find them otherwise. Costs
 * one watch for as long as the node announces anything, and nothing more while there is no catalogue.
 */
export class ListingDirectory implements Directory {
  readonly #directory: Directory;
  readonly #realm: Realm;
  readonly #own = new Set<Own>();
  /** What cataloguers ask for, by their entries. */
  readonly #asked = new Map<string, Pattern>();
  #watch: DirectoryWatch | undefined;

  constructor(directory: Directory, realm: Realm) {
    this.#directory = directory;
    this.#realm = realm;
  }

  announce(key: DirectoryKey, value: Uint8Array): Announcement {
    const announcement = this.#directory.announce(key, value);
    const own: Own = { key, value, listed: new Map() };
    this.#own.add(own);
    this.#listen();
    this.#list(own);
    return {
      update: (next) => {
        own.value = next;
        announcement.update(next);
        this.#unlist(own);
        this.#list(own);
      },
      withdraw: () => {
        this.#own.delete(own);
        this.#unlist(own);
        announcement.withdraw();
        if (this.#own.size === 0) this.#deafen();
      },
    };
  }

  lookup(key: DirectoryKey, options?: LookupOptions): Promise<readonly DirectoryEntry[]> {
    return this.#directory.lookup(key, options);
  }

  watch(key: DirectoryKey, onChange: (change: DirectoryChange) => void): DirectoryWatch {
    return this.#directory.watch(key, onChange);
  }

  #listen(): void {
    if (this.#watch !== undefined) return;
    this.#watch = this.#directory.watch(cataloguersKey(this.#realm), ({ type, entry }) => {
      if (type === 'removed') this.#asked.delete(nameOf(entry));
      else this.#take(entry);
      this.#listAll();
    });
    for (const entry of this.#watch.entries) this.#take(entry);
  }

  #deafen(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#asked.clear();
  }

  #take(entry: DirectoryEntry): void {
    const pattern = readPattern('subscription', entry.value);
    const known = this.#asked.has(nameOf(entry));
    if (pattern === undefined || (!known && this.#asked.size >= maxPatterns)) return;
    this.#asked.set(nameOf(entry), pattern);
  }

  #listAll(): void {
    for (const own of this.#own) this.#list(own);
  }

  /** Lists an announcement where it is asked for now, and nowhere else. */
  #list(own: Own): void {
    if (this.#asked.size === 0 && own.listed.size === 0) return;
    const found = this.#kindOf(own);
    const asked = new Map<string, Pattern>();
    for (const pattern of this.#asked.values()) {
      if (found !== undefined && patternsOverlap(pattern, found.pattern))
        asked.set(pattern.key, pattern);
    }
    for (const [name, announcement] of own.listed) {
      if (asked.has(name)) continue;
      own.listed.delete(name);
      announcement.withdraw();
    }
    for (const [name, pattern] of asked) {
      if (found === undefined || own.listed.has(name)) continue;
      const key = listedKey(this.#realm, found.kind, pattern);
      own.listed.set(name, this.#directory.announce(key, own.value));
    }
  }

  #unlist(own: Own): void {
    for (const announcement of own.listed.values()) announcement.withdraw();
    own.listed.clear();
  }

  /** Values say nothing of what they are; the key proves it. */
  #kindOf({ key, value }: Own): { kind: CatalogueKind; pattern: Pattern } | undefined {
    for (const kind of catalogueKinds) {
      const pattern = readPattern(kind, value);
      if (pattern === undefined) continue;
      const expected = DirectoryKey.of(this.#realm, kind, pattern.literalPrefix);
      if (expected.equals(key)) return { kind, pattern };
    }
    return undefined;
  }
}

function nameOf({ node, id }: DirectoryEntry): string {
  return `${node.key}/${id}`;
}
