import {
  AbortedError,
  type Announcement,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryKey,
  type DirectoryWatch,
  InvalidArgumentError,
  type LookupOptions,
  type NodeId,
  NotRunningError,
} from '@macula/core';
import { copyBytes } from '../network/copy-bytes.ts';
import type { MemoryDirectoryNode } from './memory-directory.ts';

const longestValue = 4_096;

/** Where a node's own changes go. */
export interface ViewEvents {
  put(entry: DirectoryEntry): void;
  remove(entry: DirectoryEntry): void;
  left(): void;
}

type Entries = Map<string, DirectoryEntry>;

/** What one node sees of the shared directory. */
export class DirectoryView implements MemoryDirectoryNode {
  readonly self: NodeId;
  private readonly events: ViewEvents;
  private readonly entries = new Map<string, Entries>();
  private readonly watchers = new Map<string, Set<(change: DirectoryChange) => void>>();
  private announced = 0;
  private gone = false;

  constructor(self: NodeId, events: ViewEvents) {
    this.self = self;
    this.events = events;
  }

  get watches(): number {
    let count = 0;
    for (const watchers of this.watchers.values()) count += watchers.size;
    return count;
  }

  announce(key: DirectoryKey, value: Uint8Array): Announcement {
    this.assertPresent();
    const id = String(this.announced++);
    let withdrawn = false;
    const publish = (bytes: Uint8Array): DirectoryEntry => {
      const entry = { key, node: this.self, id, value: checked(bytes) };
      this.put(entry);
      this.events.put(entry);
      return entry;
    };
    let latest = publish(value);
    return {
      update: (newValue) => {
        this.assertPresent();
        if (!withdrawn) latest = publish(newValue);
      },
      withdraw: () => {
        if (withdrawn || this.gone) return;
        withdrawn = true;
        this.remove(latest);
        this.events.remove(latest);
      },
    };
  }

  async lookup(key: DirectoryKey, options: LookupOptions = {}): Promise<readonly DirectoryEntry[]> {
    this.assertPresent();
    if (options.signal?.aborted === true) {
      throw new AbortedError('the lookup was aborted', { cause: options.signal.reason });
    }
    return [...(this.entries.get(key.key)?.values() ?? [])];
  }

  watch(key: DirectoryKey, onChange: (change: DirectoryChange) => void): DirectoryWatch {
    this.assertPresent();
    const watchers = this.watchers.get(key.key) ?? new Set();
    this.watchers.set(key.key, watchers);
    const watcher = (change: DirectoryChange): void => {
      onChange(change);
    };
    watchers.add(watcher);
    const { entries } = this;
    return {
      get entries() {
        return [...(entries.get(key.key)?.values() ?? [])];
      },
      ready: Promise.resolve(),
      close: () => {
        watchers.delete(watcher);
        if (watchers.size === 0) this.watchers.delete(key.key);
      },
    };
  }

  leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.watchers.clear();
    this.events.left();
    this.entries.clear();
  }

  /** The entries that this node has announced. */
  *own(): Iterable<DirectoryEntry> {
    for (const entries of this.entries.values()) {
      for (const entry of entries.values()) if (entry.node.equals(this.self)) yield entry;
    }
  }

  put(entry: DirectoryEntry): void {
    if (this.gone) return;
    const entries: Entries = this.entries.get(entry.key.key) ?? new Map();
    this.entries.set(entry.key.key, entries);
    const type = entries.has(nameOf(entry)) ? 'updated' : 'added';
    entries.set(nameOf(entry), entry);
    this.tell({ type, entry });
  }

  remove(entry: DirectoryEntry): void {
    const entries = this.entries.get(entry.key.key);
    if (entries?.delete(nameOf(entry)) !== true) return;
    if (entries.size === 0) this.entries.delete(entry.key.key);
    this.tell({ type: 'removed', entry });
  }

  private tell(change: DirectoryChange): void {
    for (const watcher of [...(this.watchers.get(change.entry.key.key) ?? [])]) watcher(change);
  }

  private assertPresent(): void {
    if (this.gone) throw new NotRunningError(`node ${this.self.key} has left the directory`);
  }
}

function nameOf(entry: DirectoryEntry): string {
  return `${entry.node.key} ${entry.id}`;
}

function checked(value: Uint8Array): Uint8Array {
  if (value.length > longestValue) {
    throw new InvalidArgumentError(
      `a value has at most ${longestValue} bytes, this one ${value.length}`,
    );
  }
  return copyBytes(value);
}
