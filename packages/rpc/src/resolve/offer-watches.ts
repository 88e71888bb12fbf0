import {
  type Counter,
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryWatch,
  Listeners,
  type Logger,
  type Pattern,
  type Unsubscribe,
} from '@macula/core';
import type { Offer } from './offer.ts';
import { OfferTable } from './offer-table.ts';
import { decodeRegistration, registrationKey } from './registration-record.ts';

/** How many registrations of one literal prefix a node takes note of. */
const maxOffersPerPrefix = 16_384;

export interface OfferWatchesDependencies {
  readonly directory: Directory;
  readonly logger: Logger;
  /** Counts announcements that do not decode, stand under the wrong key, or are too many. */
  readonly badRegistrations: Counter;
}

/** The registrations announced under one literal prefix, kept current while somebody holds the watch. */
export class OfferWatch {
  readonly prefix: string;
  readonly #dependencies: OfferWatchesDependencies;
  readonly #offers = new OfferTable();
  readonly #listeners = new Listeners();
  /** By the key of the pattern that they want to hear of. */
  readonly #listenersOf = new Map<string, Listeners>();
  readonly #watch: DirectoryWatch;
  holders = 0;
  /** Whether the directory has answered, so that what is missing is known to be missing. */
  isReady = false;
  readonly ready: Promise<void>;

  constructor(realm: string, prefix: string, dependencies: OfferWatchesDependencies) {
    this.prefix = prefix;
    this.#dependencies = dependencies;
    const key = registrationKey(realm, prefix);
    this.#watch = dependencies.directory.watch(key, (change) => this.#changed(change));
    for (const entry of this.#watch.entries) this.#put(entry);
    this.ready = this.#watch.ready.then(
      () => {
        for (const entry of this.#watch.entries) this.#put(entry);
        this.isReady = true;
        this.#listeners.emit();
      },
      (error: unknown) => {
        // Later changes still arrive; callers go on with what is known.
        dependencies.logger.warn({ prefix, error }, 'looking up registrations failed');
        this.isReady = true;
        this.#listeners.emit();
      },
    );
  }

  /** The offers of this very pattern. */
  offersOf(pattern: Pattern): Iterable<Offer> {
    return this.#offers.of(pattern);
  }

  /** The offers whose pattern matches. */
  offersFor(procedure: string): Iterable<Offer> {
    return this.#offers.matching(procedure);
  }

  /** Calls back after any change. */
  onChange(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  /** Calls back when the offers of one pattern have changed, once the watch is ready. */
  onChangeOf({ key }: Pattern, listener: () => void): Unsubscribe {
    let listeners = this.#listenersOf.get(key);
    if (listeners === undefined) this.#listenersOf.set(key, (listeners = new Listeners()));
    const remove = listeners.add(listener);
    return () => {
      remove();
      if (listeners.isEmpty && this.#listenersOf.get(key) === listeners) {
        this.#listenersOf.delete(key);
      }
    };
  }

  close(): void {
    this.#watch.close();
    this.#listeners.clear();
    this.#listenersOf.clear();
    this.#offers.clear();
  }

  #changed(change: DirectoryChange): void {
    const key = keyOf(change.entry);
    const former = this.#offers.get(key)?.pattern.key;
    if (change.type === 'removed') this.#offers.delete(key);
    else this.#put(change.entry);
    const now = this.#offers.get(key)?.pattern.key;
    this.#listeners.emit();
    for (const pattern of new Set([former, now])) {
      if (pattern !== undefined) this.#listenersOf.get(pattern)?.emit();
    }
  }

  #put(entry: DirectoryEntry): void {
    const key = keyOf(entry);
    try {
      const record = decodeRegistration(entry.value);
      const misplaced = record.pattern.literalPrefix !== this.prefix;
      if (
        !misplaced &&
        (this.#offers.get(key) !== undefined || this.#offers.size < maxOffersPerPrefix)
      ) {
        this.#offers.set(key, { ...record, node: entry.node });
        return;
      }
    } catch (error) {
      this.#dependencies.logger.debug({ node: entry.node.key, error }, 'unreadable registration');
    }
    this.#offers.delete(key);
    this.#dependencies.badRegistrations.inc();
  }
}

/** One watch per literal prefix, shared by all procedures and registrations under it. */
export class OfferWatches {
  readonly #realm: string;
  readonly #dependencies: OfferWatchesDependencies;
  readonly #watches = new Map<string, OfferWatch>();

  constructor(realm: string, dependencies: OfferWatchesDependencies) {
    this.#realm = realm;
    this.#dependencies = dependencies;
  }

  /** The watch for `prefix`; whoever asks must `release` it. */
  acquire(prefix: string): OfferWatch {
    let watch = this.#watches.get(prefix);
    if (watch === undefined) {
      watch = new OfferWatch(this.#realm, prefix, this.#dependencies);
      this.#watches.set(prefix, watch);
    }
    watch.holders++;
    return watch;
  }

  release(watch: OfferWatch): void {
    watch.holders--;
    if (watch.holders > 0 || this.#watches.get(watch.prefix) !== watch) return;
    this.#watches.delete(watch.prefix);
    watch.close();
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
  }
}

function keyOf(entry: DirectoryEntry): string {
  return `${entry.node.key}/${entry.id}`;
}
