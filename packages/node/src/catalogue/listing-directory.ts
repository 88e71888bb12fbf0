import {
  type Announcement,
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryKey,
  type DirectoryWatch,
  type Logger,
  type LookupOptions,
  type Pattern,
  patternsOverlap,
  type Realm,
} from '@macula/core';
import { announcedKinds, type CatalogueKind, catalogueKinds } from './announced-kind.ts';
import { AskedPatterns } from './asked-patterns.ts';
import { cataloguersKey, listedKey } from './catalogue-keys.ts';

interface Own {
  readonly key: DirectoryKey;
  value: Uint8Array;
  /** By the cataloguer's pattern. */
  readonly listed: Map<string, Announcement>;
}

/**
 * A directory whose announcements are listed, besides, wherever a catalogue asks for them (`openCatalogue`). Keys are made of
 * whole literal prefixes, so that somebody who is interested in everything under a prefix could not find them otherwise. Costs
 * one watch for as long as the node announces anything, and nothing more while there is no catalogue.
 */
export class ListingDirectory implements Directory {
  readonly #directory: Directory;
  readonly #realm: Realm;
  readonly #own = new Set<Own>();
  readonly #asked = new AskedPatterns();
  readonly #logger: Logger;
  readonly #maxListed: number;
  #listed = 0;
  #watch: DirectoryWatch | undefined;

  /** Lists no more than `maxListed` announcements, whatever cataloguers ask for. */
  constructor(directory: Directory, realm: Realm, logger: Logger, maxListed: number) {
    this.#directory = directory;
    this.#realm = realm;
    this.#logger = logger;
    this.#maxListed = maxListed;
  }

  announce(key: DirectoryKey, value: Uint8Array): Announcement {
    const announcement = this.#directory.announce(key, value);
    const own: Own = { key, value, listed: new Map() };
    this.#own.add(own);
    this.#listen();
    this.#list(own);
    return {
      ...announcement,
      update: (next) => {
        announcement.update(next);
        own.value = next;
        for (const listing of own.listed.values()) listing.update(next);
        this.#list(own);
      },
      withdraw: () => {
        this.#own.delete(own);
        for (const [name, listing] of own.listed) this.#unlist(own, name, listing);
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
      if (type === 'removed') this.#asked.forget(entry);
      else this.#asked.take(entry);
      for (const own of this.#own) this.#list(own);
    });
    for (const entry of this.#watch.entries) this.#asked.take(entry);
  }

  #deafen(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#asked.clear();
  }

  /** Lists an announcement where it is asked for now, and nowhere else. */
  #list(own: Own): void {
    if (this.#asked.isEmpty && own.listed.size === 0) return;
    const found = this.#kindOf(own);
    const asked = new Map<string, Pattern>();
    for (const pattern of this.#asked) {
      if (found !== undefined && patternsOverlap(pattern, found.pattern))
        asked.set(pattern.key, pattern);
    }
    for (const [name, listing] of own.listed) {
      if (!asked.has(name)) this.#unlist(own, name, listing);
    }
    for (const [name, pattern] of asked) {
      if (found === undefined || own.listed.has(name) || this.#listed >= this.#maxListed) continue;
      try {
        const listing = this.#directory.announce(
          listedKey(this.#realm, found.kind, pattern),
          own.value,
        );
        own.listed.set(name, listing);
        this.#listed += 1;
      } catch (error) {
        // What catalogues ask for must not keep the node from its own announcements.
        this.#logger.warn(
          { error, pattern: pattern.text },
          'an announcement is not in a catalogue',
        );
        return;
      }
    }
  }

  #unlist(own: Own, name: string, listing: Announcement): void {
    own.listed.delete(name);
    this.#listed -= 1;
    listing.withdraw();
  }

  /** Values say nothing of what they are; the key proves it. */
  #kindOf({ key, value }: Own): { kind: CatalogueKind; pattern: Pattern } | undefined {
    for (const kind of catalogueKinds) {
      const pattern = announcedKinds[kind].read(value);
      if (pattern === undefined) continue;
      const expected = announcedKinds[kind].key(this.#realm, pattern.literalPrefix);
      if (expected.equals(key)) return { kind, pattern };
    }
    return undefined;
  }
}
