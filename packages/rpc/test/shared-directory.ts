import type {
  Announcement,
  Clock,
  Directory,
  DirectoryChange,
  DirectoryEntry,
  DirectoryKey,
  DirectoryWatch,
  NodeId,
} from '@macula/core';

interface Watcher {
  readonly key: DirectoryKey;
  readonly onChange: (change: DirectoryChange) => void;
}

/** One node's copy of the directory. */
class Replica implements Directory {
  readonly self: NodeId;
  readonly #mesh: SharedDirectory;
  /** By owner, then by entry ID. */
  readonly copies = new Map<string, Map<string, DirectoryEntry>>();
  readonly watchers = new Set<Watcher>();
  #announced = 0;

  constructor(self: NodeId, mesh: SharedDirectory) {
    this.self = self;
    this.#mesh = mesh;
  }

  announce(key: DirectoryKey, value: Uint8Array): Announcement {
    const id = String(++this.#announced);
    const put = (bytes: Uint8Array): void => {
      this.#mesh.put({ key, node: this.self, id, value: bytes });
    };
    put(value);
    return { update: put, withdraw: () => this.#mesh.remove(this.self, id) };
  }

  lookup(key: DirectoryKey): Promise<readonly DirectoryEntry[]> {
    return Promise.resolve([...this.entries(key)]);
  }

  watch(key: DirectoryKey, onChange: (change: DirectoryChange) => void): DirectoryWatch {
    const watcher = { key, onChange };
    this.watchers.add(watcher);
    const entries = (): Iterable<DirectoryEntry> => this.entries(key);
    return {
      get entries() {
        return entries();
      },
      ready: this.#mesh.ready(),
      close: () => this.watchers.delete(watcher),
    };
  }

  *entries(key: DirectoryKey): Iterable<DirectoryEntry> {
    for (const copy of this.copies.values()) {
      for (const entry of copy.values()) if (entry.key.equals(key)) yield entry;
    }
  }

  /** Takes over what `owner` announces now. */
  copyFrom(owner: string, entries: ReadonlyMap<string, DirectoryEntry>): void {
    const before = this.copies.get(owner) ?? new Map<string, DirectoryEntry>();
    this.copies.set(owner, new Map(entries));
    for (const [id, entry] of entries) {
      const known = before.get(id);
      if (known === undefined) this.#tell({ type: 'added', entry });
      else if (known !== entry) this.#tell({ type: 'updated', entry });
    }
    for (const [id, entry] of before) if (!entries.has(id)) this.#tell({ type: 'removed', entry });
  }

  #tell(change: DirectoryChange): void {
    for (const watcher of [...this.watchers]) {
      if (watcher.key.equals(change.entry.key)) watcher.onChange(change);
    }
  }
}

/** A directory for tests: every node has a copy of everything, a delay behind its owner. */
export class SharedDirectory {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #replicas = new Map<string, Replica>();
  /** What each node announces: by owner, then by entry ID. */
  readonly #owned = new Map<string, Map<string, DirectoryEntry>>();
  #cut: ReadonlySet<string> | undefined;
  /** How long a watch takes to become ready, in milliseconds. */
  readyMs = 0;

  constructor(clock: Clock, delayMs = 2) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  node(self: NodeId): Directory {
    const replica = new Replica(self, this);
    this.#replicas.set(self.key, replica);
    for (const [owner, entries] of this.#owned) replica.copyFrom(owner, entries);
    return replica;
  }

  /** Watchers of all nodes: 0 after everything was stopped. */
  get watchers(): number {
    let count = 0;
    for (const replica of this.#replicas.values()) count += replica.watchers.size;
    return count;
  }

  put(entry: DirectoryEntry): void {
    const owner = entry.node.key;
    const entries = this.#owned.get(owner) ?? new Map<string, DirectoryEntry>();
    this.#owned.set(owner, entries.set(entry.id, entry));
    this.#spread(owner);
  }

  remove(node: NodeId, id: string): void {
    this.#owned.get(node.key)?.delete(id);
    this.#spread(node.key);
  }

  /** Expires everything of a node that has crashed. */
  expire(node: NodeId): void {
    this.#replicas.delete(node.key);
    this.#owned.set(node.key, new Map());
    this.#spread(node.key);
  }

  /** Changes of nodes in `group` do not reach the others, nor theirs it. */
  partition(group: readonly NodeId[]): void {
    this.#cut = new Set(group.map((id) => id.key));
  }

  heal(): void {
    this.#cut = undefined;
    for (const owner of this.#owned.keys()) this.#spread(owner);
  }

  ready(): Promise<void> {
    if (this.readyMs === 0) return Promise.resolve();
    return new Promise((resolve) => this.#clock.setTimer(resolve, this.readyMs));
  }

  #spread(owner: string): void {
    this.#replicas.get(owner)?.copyFrom(owner, this.#owned.get(owner) ?? new Map());
    const deliver = (): void => {
      for (const [key, replica] of this.#replicas) {
        if (key === owner || this.#cut?.has(key) !== this.#cut?.has(owner)) continue;
        replica.copyFrom(owner, this.#owned.get(owner) ?? new Map());
      }
    };
    if (this.#delayMs === 0) deliver();
    else this.#clock.setTimer(deliver, this.#delayMs, { background: true });
  }
}
