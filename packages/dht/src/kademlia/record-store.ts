import {
  type Clock,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryKey,
  Listeners,
  type Logger,
  type NodeId,
  type Unsubscribe,
} from '@macula/core';
import { type Author, HeldRecord } from './held-record.ts';
import { RecordSet } from './record-set.ts';
import {
  isAuthentic,
  isCurrent,
  type RecordVerifier,
  type SignedRecord,
  sizeOf,
  supersedes,
} from './record.ts';

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

interface Place {
  readonly key: DirectoryKey;
  readonly held: RecordSet;
  digest: bigint;
  listeners: Listeners<[change: DirectoryChange]> | undefined;
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
  readonly #mergeListeners = new Listeners<[record: SignedRecord]>();
  #lastAuthor = 0;
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
    const before = this.newest(record);
    if (before !== undefined && !supersedes(record, before)) return 'known';
    if (!isCurrent(record, this.#deps.clock.wallTime())) return 'expired';
    if (!this.#hasRoom(record, before)) return 'full';
    if (!proven && !isAuthentic(record, this.#deps.verify)) return 'forged';
    const held = this.#put(record, before);
    this.#mergeListeners.emit(held);
    return 'new';
  }

  /** The newest record of the entry that `record` is of. */
  newest({ key, node, id }: SignedRecord): HeldRecord | undefined {
    const author = this.#authors.get(node.key);
    if (author === undefined) return undefined;
    return this.#places.get(key.key)?.held.get(author, id);
  }

  /** Calls `listener` with every record that is taken. */
  onMerge(listener: (record: SignedRecord) => void): Unsubscribe {
    return this.#mergeListeners.add(listener);
  }

  /** All records under the key, withdrawals included. */
  records(key: DirectoryKey): HeldRecord[] {
    const place = this.#places.get(key.key);
    return place === undefined ? [] : [...place.held];
  }

  /** What users see under the key. */
  entries(key: DirectoryKey): readonly DirectoryEntry[] {
    const place = this.#places.get(key.key);
    if (place === undefined) return nothing;
    return (place.shown ??= [...place.held]
      .filter(({ visible }) => visible)
      .map(({ entry }) => entry));
  }

  /** XOR of the marks of all records under the key; 0 when there are none. */
  digest(key: DirectoryKey): bigint {
    return this.#places.get(key.key)?.digest ?? 0n;
  }

  watch(key: DirectoryKey, onChange: (change: DirectoryChange) => void): Unsubscribe {
    const place = this.#placeOf(key);
    place.listeners ??= new Listeners<[change: DirectoryChange]>((error) => {
      this.#deps.logger.error({ error, key: key.key }, 'a directory listener has thrown');
    });
    const end = place.listeners.add(onChange);
    return () => {
      end();
      this.#tidy(place);
    };
  }

  /** Drops the key's records without telling anybody. */
  forget(key: DirectoryKey): void {
    const place = this.#places.get(key.key);
    if (place === undefined) return;
    for (const held of place.held) this.#remove(held);
  }

  /** Shows or hides a node's entries, after it has gone or come back. */
  nodeChanged(node: NodeId): void {
    for (const held of [...(this.#authors.get(node.key)?.held ?? [])]) this.#show(held, held);
  }

  /** Drops everything of a node that has said goodbye. */
  nodeLeft(node: NodeId): void {
    for (const held of [...(this.#authors.get(node.key)?.held ?? [])]) this.#remove(held);
  }

  /** Removes what has expired. */
  sweep(): void {
    const now = this.#deps.clock.wallTime();
    for (const place of [...this.#places.values()]) {
      for (const held of place.held) {
        if (held.expiresAt <= now) this.#remove(held);
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

  #hasRoom(record: SignedRecord, before: HeldRecord | undefined): boolean {
    const { maxRecords, maxBytes, maxRecordsPerKey, maxRecordsPerNode } = this.#limits;
    const more = sizeOf(record.encoded) - (before?.size ?? 0);
    if (this.#bytes + more > maxBytes) return false;
    if (before !== undefined) return true;
    const underKey = this.#places.get(record.key.key)?.held.size ?? 0;
    const ofNode = this.#authors.get(record.node.key)?.held.size ?? 0;
    return this.#size < maxRecords && underKey < maxRecordsPerKey && ofNode < maxRecordsPerNode;
  }

  #put(given: SignedRecord, before: HeldRecord | undefined): HeldRecord {
    const place = this.#placeOf(given.key);
    const author = this.#authorOf(given);
    const held = new HeldRecord(given, place.key, author);
    if (before === undefined) this.#size++;
    else {
      author.held.delete(before);
      held.visible = before.visible;
      place.digest ^= before.mark;
      this.#bytes -= before.size;
    }
    author.held.add(held);
    place.held.put(held);
    place.digest ^= held.mark;
    this.#bytes += held.size;
    this.#show(held, before);
    return held;
  }

  #remove(held: HeldRecord): void {
    const { key, author, visible } = held;
    const place = this.#places.get(key.key);
    if (place?.held.remove(held) !== true) return;
    place.digest ^= held.mark;
    this.#size--;
    this.#bytes -= held.size;
    author.held.delete(held);
    if (author.held.size === 0) this.#authors.delete(author.node.key);
    place.shown = undefined;
    held.visible = false;
    if (visible) {
      this.#shown--;
      place.listeners?.emit({ type: 'removed', entry: held.entry });
    }
    this.#tidy(place);
  }

  /** Brings what users see in line with the record, which was `before` until now. A renewal changes nothing for them. */
  #show(held: HeldRecord, before: HeldRecord | undefined): void {
    const place = this.#placeOf(held.key);
    const was = held.visible;
    held.visible = !held.withdrawn && !this.#deps.isGone(held.node);
    if (held.visible) {
      if (was && before !== undefined && Buffer.compare(before.value, held.value) === 0) return;
      place.shown = undefined;
      if (!was) this.#shown++;
      place.listeners?.emit({ type: was ? 'updated' : 'added', entry: held.entry });
    } else if (was) {
      place.shown = undefined;
      this.#shown--;
      place.listeners?.emit({ type: 'removed', entry: (before ?? held).entry });
    }
  }

  #authorOf({ node, encoded }: SignedRecord): Author {
    let author = this.#authors.get(node.key);
    if (author === undefined) {
      const publicKey = Uint8Array.from(encoded.publicKey);
      author = { node, publicKey, number: ++this.#lastAuthor, held: new Set() };
      this.#authors.set(node.key, author);
    }
    return author;
  }

  #placeOf(key: DirectoryKey): Place {
    let place = this.#places.get(key.key);
    if (place === undefined) {
      place = { key, held: new RecordSet(), digest: 0n, listeners: undefined, shown: undefined };
      this.#places.set(key.key, place);
    }
    return place;
  }

  #tidy(place: Place): void {
    if (place.held.size > 0 || place.listeners?.isEmpty === false) return;
    if (this.#places.get(place.key.key) === place) this.#places.delete(place.key.key);
  }
}
