import {
  type DirectoryEntry,
  type DirectoryKey,
  LimitExceededError,
  type NodeId,
} from '@macula/core';
import type { EntryStore } from './entry-store.ts';
import { maxValueBytes, type ReplicatedDirectorySettings } from './replicated-directory-options.ts';

/** The last change of one entry: its present state, or its withdrawal. A node of the list of changes. */
export interface OwnChange {
  readonly number: number;
  readonly version: number;
  /** Undefined once withdrawn. */
  readonly entry: DirectoryEntry | undefined;
  readonly next: OwnChange | undefined;
}

class Change implements OwnChange {
  readonly number: number;
  version = 0;
  entry: DirectoryEntry | undefined;
  previous: Change | undefined;
  next: Change | undefined;

  constructor(number: number) {
    this.number = number;
  }
}

/**
 * This node's own entries in the order of their last changes, each change with a version one above the
 * one before. A follower who has everything up to a version gets the rest by walking on from there; an
 * entry that changes moves to the end, so what was overtaken is never sent. Withdrawals stay in the
 * list until there are too many: who is behind the last one dropped (`floor`) needs a full listing.
 */
export class OwnEntries {
  readonly #self: NodeId;
  readonly #store: EntryStore;
  readonly #limits: ReplicatedDirectorySettings;
  readonly #onChange: () => void;
  #epoch: number;
  #version = 0;
  #floor = 0;
  #lastNumber = 0;
  #size = 0;
  #bytes = 0;
  #first: Change | undefined;
  #last: Change | undefined;
  /** In the order of their versions. */
  readonly #withdrawals = new Set<Change>();

  constructor(
    deps: { readonly self: NodeId; readonly store: EntryStore; readonly epoch: number },
    limits: ReplicatedDirectorySettings,
    onChange: () => void,
  ) {
    this.#self = deps.self;
    this.#store = deps.store;
    this.#epoch = deps.epoch;
    this.#limits = limits;
    this.#onChange = onChange;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Of the newest change; 0 before the first. */
  get version(): number {
    return this.#version;
  }

  /** Up to here withdrawals may be missing in the list. */
  get floor(): number {
    return this.#floor;
  }

  get size(): number {
    return this.#size;
  }

  /** Counts on under a new epoch: a peer knows a later life of this node than it is in. */
  beginEpoch(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Throws LimitExceededError. */
  add(key: DirectoryKey, value: Uint8Array): OwnChange {
    const { maxEntriesPerNode } = this.#limits;
    if (this.#size >= maxEntriesPerNode) {
      throw new LimitExceededError(
        `this node has announced ${this.#size} entries, and ${maxEntriesPerNode} are allowed: withdraw some or raise maxEntriesPerNode on every node`,
      );
    }
    this.#checkValue(value, 0);
    const change = new Change(++this.#lastNumber);
    const entry: DirectoryEntry = {
      key: this.#store.keyOf(key.bytes),
      node: this.#self,
      id: String(change.number),
      value: Uint8Array.from(value),
    };
    this.#size++;
    this.#bytes += value.length;
    this.#put(change, entry);
    this.#store.add(entry);
    return change;
  }

  /** Does nothing to a withdrawn entry or when the value is the same. Throws LimitExceededError. */
  update(given: OwnChange, value: Uint8Array): void {
    const change = given as Change;
    const old = change.entry;
    if (old === undefined || Buffer.compare(old.value, value) === 0) return;
    this.#checkValue(value, old.value.length);
    this.#bytes += value.length - old.value.length;
    const entry = { ...old, value: Uint8Array.from(value) };
    this.#put(change, entry);
    this.#store.replace(old, entry);
  }

  withdraw(given: OwnChange): void {
    const change = given as Change;
    const old = change.entry;
    if (old === undefined) return;
    this.#size--;
    this.#bytes -= old.value.length;
    this.#put(change, undefined);
    this.#withdrawals.add(change);
    if (this.#withdrawals.size > this.#limits.maxWithdrawals) this.#forgetOldestWithdrawal();
    this.#store.remove(old);
  }

  /** The first change with a version above `version`. Costs as many steps as there are such changes. */
  after(version: number): OwnChange | undefined {
    if (version === 0) return this.#first;
    let change = this.#last;
    if (change === undefined || change.version <= version) return undefined;
    while (change.previous !== undefined && change.previous.version > version) {
      change = change.previous;
    }
    return change;
  }

  #put(change: Change, entry: DirectoryEntry | undefined): void {
    this.#unlink(change);
    change.entry = entry;
    change.version = ++this.#version;
    change.previous = this.#last;
    if (this.#last === undefined) this.#first = change;
    else this.#last.next = change;
    this.#last = change;
    this.#onChange();
  }

  #unlink(change: Change): void {
    const { previous, next } = change;
    if (previous !== undefined) previous.next = next;
    else if (this.#first === change) this.#first = next;
    if (next !== undefined) next.previous = previous;
    else if (this.#last === change) this.#last = previous;
    change.previous = undefined;
    change.next = undefined;
  }

  #forgetOldestWithdrawal(): void {
    for (const change of this.#withdrawals) {
      this.#withdrawals.delete(change);
      this.#unlink(change);
      this.#floor = change.version;
      return;
    }
  }

  #checkValue(value: Uint8Array, replacedBytes: number): void {
    if (value.length > maxValueBytes) {
      throw new LimitExceededError(
        `a directory value of ${value.length} bytes is too long: ${maxValueBytes} are allowed`,
      );
    }
    const { maxBytesPerNode } = this.#limits;
    if (this.#bytes + value.length - replacedBytes > maxBytesPerNode) {
      throw new LimitExceededError(
        `this node's directory values would exceed ${maxBytesPerNode} bytes: withdraw some or raise maxBytesPerNode on every node`,
      );
    }
  }
}
