import type { DirectoryEntry, NodeId } from '@macula/core';
import type { EntryBatch, EntryRecord, Position } from './directory-frames.ts';
import type { EntryStore } from './entry-store.ts';
import type { ReplicatedDirectorySettings } from './replicated-directory-options.ts';

/** `gap`: entries before the batch are missing; `superseded`: the batch is of an earlier life of the node than is known. */
export type BatchOutcome = 'applied' | 'known' | 'gap' | 'superseded';

/** The entries of one other node, as it has told them itself. */
export class Replica {
  readonly node: NodeId;
  readonly #store: EntryStore;
  readonly #limits: ReplicatedDirectorySettings;
  readonly #onIgnored: (node: NodeId) => void;
  readonly #entries = new Map<number, DirectoryEntry>();
  #bytes = 0;
  #epoch = 0;
  #version = 0;
  /** During a full listing: the entries that it has not mentioned yet. */
  #unmentioned: Set<number> | undefined;

  constructor(
    node: NodeId,
    store: EntryStore,
    limits: ReplicatedDirectorySettings,
    onIgnored: (node: NodeId) => void,
  ) {
    this.node = node;
    this.#store = store;
    this.#limits = limits;
    this.#onIgnored = onIgnored;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether a listing has been received to its end. */
  get complete(): boolean {
    return this.#epoch !== 0 && this.#unmentioned === undefined;
  }

  /** How far the node was followed. In the middle of a listing too: its rest may come over another link. */
  get held(): Position {
    return { epoch: this.#epoch, version: this.#version };
  }

  apply(batch: EntryBatch): BatchOutcome {
    if (batch.epoch < this.#epoch) return 'superseded';
    if (batch.epoch > this.#epoch) this.#beginEpoch(batch.epoch);
    if (batch.reset) {
      this.#version = 0;
      this.#unmentioned = new Set(this.#entries.keys());
    } else if (batch.from > this.#version) {
      return 'gap';
    } else if (batch.to <= this.#version) {
      return 'known';
    }
    for (const record of batch.records) this.#take(record);
    this.#version = batch.to;
    if (batch.complete) this.#endListing();
    return 'applied';
  }

  /** Removes every entry. */
  clear(): void {
    for (const number of [...this.#entries.keys()]) this.#remove(number);
  }

  #beginEpoch(epoch: number): void {
    this.clear();
    this.#epoch = epoch;
    this.#version = 0;
    this.#unmentioned = undefined;
  }

  #endListing(): void {
    const gone = this.#unmentioned;
    this.#unmentioned = undefined;
    for (const number of gone ?? []) this.#remove(number);
  }

  #take({ number, key, value }: EntryRecord): void {
    this.#unmentioned?.delete(number);
    if (key === undefined) {
      this.#remove(number);
      return;
    }
    const old = this.#entries.get(number);
    if (old !== undefined && Buffer.compare(old.key.bytes, key) === 0) {
      if (Buffer.compare(old.value, value) !== 0) this.#update(number, old, value);
    } else {
      if (old !== undefined) this.#remove(number);
      this.#add(number, key, value);
    }
  }

  #add(number: number, keyBytes: Uint8Array, value: Uint8Array): void {
    if (
      this.#entries.size >= this.#limits.maxEntriesPerNode ||
      this.#store.size >= this.#limits.maxEntries ||
      this.#bytes + value.length > this.#limits.maxBytesPerNode
    ) {
      this.#onIgnored(this.node);
      return;
    }
    const entry: DirectoryEntry = {
      key: this.#store.keyOf(keyBytes),
      node: this.node,
      id: String(number),
      value: new Uint8Array(value),
    };
    this.#entries.set(number, entry);
    this.#bytes += value.length;
    this.#store.add(entry);
  }

  #update(number: number, old: DirectoryEntry, value: Uint8Array): void {
    const growth = value.length - old.value.length;
    if (this.#bytes + growth > this.#limits.maxBytesPerNode) {
      // An outdated value would mislead; none is the truth that fits.
      this.#remove(number);
      this.#onIgnored(this.node);
      return;
    }
    const entry = { ...old, value: new Uint8Array(value) };
    this.#entries.set(number, entry);
    this.#bytes += growth;
    this.#store.replace(old, entry);
  }

  #remove(number: number): void {
    const entry = this.#entries.get(number);
    if (entry === undefined) return;
    this.#entries.delete(number);
    this.#bytes -= entry.value.length;
    this.#store.remove(entry);
  }
}
