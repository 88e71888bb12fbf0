import type {
  Clock,
  DirectoryChange,
  DirectoryEntry,
  DirectoryKey,
  Logger,
  NodeId,
  Unsubscribe,
} from '@macula/core';
import {
  entryName,
  isAuthentic,
  isCurrent,
  type RecordVerifier,
  type SignedRecord,
  sizeOf,
  supersedes,
} from './record.ts';

type Listener = (change: DirectoryChange) => void;

export interface RecordStoreDeps {
  readonly clock: Clock;
  readonly verify: RecordVerifier;
  /** Nodes that are known to be gone: their entries are kept and not shown. */
  readonly isGone: (node: NodeId) => boolean;
  readonly logger: Logger;
}

export interface RecordLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly maxRecordsPerKey: number;
  readonly maxRecordsPerNode: number;
}

/** `new`: it was taken; `known`: it, or a newer one, is here; the rest says why it was refused. */
export type Merged = 'new' | 'known' | 'expired' | 'forged' | 'full';

interface Held {
  readonly place: Place;
  record: SignedRecord;
  /** As users see it; undefined when it is withdrawn or its node is gone. */
  entry: DirectoryEntry | undefined;
}

/** A node that has announced something. */
interface Author {
  /** What all its records share, kept once. */
  readonly node: NodeId;
  readonly publicKey: Uint8Array;
  readonly held: Set<Held>;
}

interface Place {
  readonly key: DirectoryKey;
  readonly held: Map<string, Held>;
  digest: bigint;
  listeners: Set<Listener> | undefined;
  /** The visible entries, until something changes. */
  shown: readonly DirectoryEntry[] | undefined;
}

const nothing: readonly DirectoryEntry[] = [];

/**
 * Sets of signed records by key, each a union in which the newest record of every entry wins: merging is
 * idempotent, and the order does not matter. Nothing gets in unverified.
 */
export class RecordStore {
  readonly #deps: RecordStoreDeps;
  readonly #limits: RecordLimits;
  readonly #places = new Map<string, Place>();
  readonly #authors = new Map<string, Author>();
  readonly #mergeListeners = new Set<(record: SignedRecord) => void>();
  #size = 0;
  #shown = 0;
  #bytes = 0;

  constructor(deps: RecordStoreDeps, limits: RecordLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /** Records, withdrawals included. */
  get size(): number {
    return this.#size;
  }

  /** Entries that users see. */
  get shown(): number {
    return this.#shown;
  }

  /** Keys under which there are records or listeners. */
  keys(): Iterable<DirectoryKey> {
    return Array.from(this.#places.values(), ({ key }) => key);
  }

  /** `proven`: its signature has been checked, or was made, by this node. */
  merge(record: SignedRecord, proven = false): Merged {
    const name = entryName(record);
    const place = this.#places.get(record.key.key);
    const held = place?.held.get(name);
    if (held !== undefined && !supersedes(record, held.record)) return 'known';
    if (!isCurrent(record, this.#deps.clock.wallTime())) return 'expired';
    if (!this.#hasRoom(record, held)) return 'full';
    if (!proven && !isAuthentic(record, this.#deps.verify)) return 'forged';
    this.#put(name, record, held);
    for (const listener of this.#mergeListeners) listener(record);
    return 'new';
  }

  /** The newest record of the entry that `record` is of. */
  newest(record: SignedRecord): SignedRecord | undefined {
    return this.#places.get(record.key.key)?.held.get(entryName(record))?.record;
  }

  /** Calls `listener` with every record that is taken. */
  onMerge(listener: (record: SignedRecord) => void): Unsubscribe {
    this.#mergeListeners.add(listener);
    return () => this.#mergeListeners.delete(listener);
  }

  /** All records under the key, withdrawals included. */
  records(key: DirectoryKey): SignedRecord[] {
    const place = this.#places.get(key.key);
    return place === undefined ? [] : Array.from(place.held.values(), ({ record }) => record);
  }

  /** What users see under the key. */
  entries(key: DirectoryKey): readonly DirectoryEntry[] {
    const place = this.#places.get(key.key);
    if (place === undefined) return nothing;
    return (place.shown ??= Array.from(place.held.values(), ({ entry }) => entry).filter(
      (entry) => entry !== undefined,
    ));
  }

  /** XOR of the marks of all records under the key; 0 when there are none. */
  digest(key: DirectoryKey): bigint {
    return this.#places.get(key.key)?.digest ?? 0n;
  }

  watch(key: DirectoryKey, onChange: Listener): Unsubscribe {
    const place = this.#placeOf(key);
    const listener: Listener = (change) => onChange(change);
    (place.listeners ??= new Set()).add(listener);
    return () => {
      place.listeners?.delete(listener);
      if (place.listeners?.size === 0) place.listeners = undefined;
      this.#tidy(place);
    };
  }

  /** Drops the key's records without telling anybody. */
  forget(key: DirectoryKey): void {
    const place = this.#places.get(key.key);
    if (place === undefined) return;
    for (const [name, held] of [...place.held]) this.#remove(name, held);
  }

  /** Shows or hides a node's entries, after it has gone or come back. */
  nodeChanged(node: NodeId): void {
    for (const held of [...(this.#authors.get(node.key)?.held ?? [])]) this.#show(held);
  }

  /** Drops everything of a node that has said goodbye. */
  nodeLeft(node: NodeId): void {
    for (const held of [...(this.#authors.get(node.key)?.held ?? [])]) {
      this.#remove(entryName(held.record), held);
    }
  }

  /** Removes what has expired. */
  sweep(): void {
    const now = this.#deps.clock.wallTime();
    for (const place of [...this.#places.values()]) {
      for (const [name, held] of place.held) {
        if (held.record.expiresAt <= now) this.#remove(name, held);
      }
    }
  }

  clear(): void {
    this.#places.clear();
    this.#authors.clear();
    this.#mergeListeners.clear();
    this.#size = 0;
    this.#shown = 0;
    this.#bytes = 0;
  }

  #hasRoom(record: SignedRecord, before: Held | undefined): boolean {
    const { maxRecords, maxBytes, maxRecordsPerKey, maxRecordsPerNode } = this.#limits;
    const more = sizeOf(record) - (before === undefined ? 0 : sizeOf(before.record));
    if (this.#bytes + more > maxBytes) return false;
    if (before !== undefined) return true;
    const underKey = this.#places.get(record.key.key)?.held.size ?? 0;
    const ofNode = this.#authors.get(record.node.key)?.held.size ?? 0;
    return this.#size < maxRecords && underKey < maxRecordsPerKey && ofNode < maxRecordsPerNode;
  }

  #put(name: string, given: SignedRecord, before: Held | undefined): void {
    const place = before?.place ?? this.#placeOf(given.key);
    const author = this.#authorOf(given);
    const { node, publicKey } = author;
    const record = { ...given, key: place.key, node, encoded: { ...given.encoded, publicKey } };
    let held = before;
    if (held === undefined) {
      held = { place, record, entry: undefined };
      place.held.set(name, held);
      author.held.add(held);
      this.#size++;
    } else {
      place.digest ^= held.record.mark;
      this.#bytes -= sizeOf(held.record);
      held.record = record;
    }
    place.digest ^= record.mark;
    this.#bytes += sizeOf(record);
    this.#show(held);
  }

  #remove(name: string, held: Held): void {
    const { place, record, entry } = held;
    if (place.held.get(name) !== held) return;
    place.held.delete(name);
    place.digest ^= record.mark;
    this.#size--;
    this.#bytes -= sizeOf(record);
    const author = this.#authors.get(record.node.key);
    author?.held.delete(held);
    if (author?.held.size === 0) this.#authors.delete(record.node.key);
    place.shown = undefined;
    held.entry = undefined;
    if (entry !== undefined) {
      this.#shown--;
      this.#notify(place, { type: 'removed', entry });
    }
    this.#tidy(place);
  }

  /** Brings what users see in line with the record. A renewal changes nothing for them. */
  #show(held: Held): void {
    const { place, record, entry: before } = held;
    const visible = !record.withdrawn && !this.#deps.isGone(record.node);
    if (!visible) {
      if (before === undefined) return;
      held.entry = undefined;
      place.shown = undefined;
      this.#shown--;
      this.#notify(place, { type: 'removed', entry: before });
      return;
    }
    if (before !== undefined && Buffer.compare(before.value, record.value) === 0) return;
    const entry = { key: place.key, node: record.node, id: record.id, value: record.value };
    held.entry = entry;
    place.shown = undefined;
    if (before === undefined) this.#shown++;
    this.#notify(place, { type: before === undefined ? 'added' : 'updated', entry });
  }

  #notify(place: Place, change: DirectoryChange): void {
    for (const listener of [...(place.listeners ?? [])]) {
      if (place.listeners?.has(listener) !== true) continue;
      try {
        listener(change);
      } catch (error) {
        this.#deps.logger.error({ error, key: place.key.key }, 'a directory listener has thrown');
      }
    }
  }

  #authorOf({ node, encoded }: SignedRecord): Author {
    let author = this.#authors.get(node.key);
    if (author === undefined) {
      author = { node, publicKey: Uint8Array.from(encoded.publicKey), held: new Set() };
      this.#authors.set(node.key, author);
    }
    return author;
  }

  #placeOf(key: DirectoryKey): Place {
    let place = this.#places.get(key.key);
    if (place === undefined) {
      place = { key, held: new Map(), digest: 0n, listeners: undefined, shown: undefined };
      this.#places.set(key.key, place);
    }
    return place;
  }

  #tidy(place: Place): void {
    if (place.held.size > 0 || place.listeners !== undefined) return;
    if (this.#places.get(place.key.key) === place) this.#places.delete(place.key.key);
  }
}
