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

/** What one node knows. */
class Replica {
  readonly entries = new Map<string, Map<string, DirectoryEntry>>();
  readonly watchers = new Map<string, Set<(change: DirectoryChange) => void>>();

  under(key: DirectoryKey): Map<string, DirectoryEntry> {
    let entries = this.entries.get(key.key);
    if (entries === undefined) this.entries.set(key.key, (entries = new Map()));
    return entries;
  }

  put(entry: DirectoryEntry): void {
    const entries = this.under(entry.key);
    const name = nameOf(entry);
    const type = entries.has(name) ? 'updated' : 'added';
    entries.set(name, entry);
    this.#tell({ type, entry });
  }

  remove(entry: DirectoryEntry): void {
    if (this.under(entry.key).delete(nameOf(entry))) this.#tell({ type: 'removed', entry });
  }

  #tell(change: DirectoryChange): void {
    for (const watcher of [...(this.watchers.get(change.entry.key.key) ?? [])]) watcher(change);
  }
}

/** A directory that all nodes of a test share: every change reaches the others after a delay. */
export class SharedDirectory {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #replicas = new Map<string, Replica>();
  #ids = 0;

  constructor(clock: Clock, delayMs = 5) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** The directory of one node. `ready` overrides when its watches are filled. */
  of(node: NodeId, ready: Promise<void> = Promise.resolve()): Directory {
    const replica = new Replica();
    for (const other of this.#replicas.values()) {
      for (const entries of other.entries.values()) {
        for (const entry of entries.values()) if (!entry.node.equals(node)) replica.put(entry);
      }
    }
    this.#replicas.set(node.key, replica);
    return {
      announce: (key, value) => this.#announce(node, key, value),
      lookup: async (key) => [...replica.under(key).values()],
      watch: (key, onChange) => watch(replica, key, onChange, ready),
    };
  }

  /** Removes everything that a node has announced, as when it has died. */
  forget(node: NodeId): void {
    const replica = this.#replicas.get(node.key);
    for (const entries of [...(replica?.entries.values() ?? [])]) {
      for (const entry of [...entries.values()]) {
        if (entry.node.equals(node)) this.#remove(entry);
      }
    }
  }

  /** Everything that is announced, as `node` sees it. */
  seenBy(node: NodeId): DirectoryEntry[] {
    const entries = this.#replicas.get(node.key)?.entries.values() ?? [];
    return [...entries].flatMap((under) => [...under.values()]);
  }

  #announce(node: NodeId, key: DirectoryKey, value: Uint8Array): Announcement {
    let entry: DirectoryEntry = { key, node, id: `${this.#ids++}`, value };
    this.#put(entry);
    let held = true;
    return {
      update: (changed) => {
        entry = { ...entry, value: changed };
        this.#put(entry);
      },
      withdraw: () => {
        if (held) this.#remove(entry);
        held = false;
      },
    };
  }

  #put(entry: DirectoryEntry): void {
    this.#spread(entry.node, (replica) => replica.put(entry));
  }

  #remove(entry: DirectoryEntry): void {
    this.#spread(entry.node, (replica) => replica.remove(entry));
  }

  #spread(from: NodeId, apply: (replica: Replica) => void): void {
    for (const [key, replica] of this.#replicas) {
      if (key === from.key) apply(replica);
      else this.#clock.setTimer(() => apply(replica), this.#delayMs, { background: true });
    }
  }
}

function watch(
  replica: Replica,
  key: DirectoryKey,
  onChange: (change: DirectoryChange) => void,
  ready: Promise<void>,
): DirectoryWatch {
  const watchers = replica.watchers.get(key.key) ?? new Set();
  replica.watchers.set(key.key, watchers);
  watchers.add(onChange);
  return {
    entries: [...replica.under(key).values()],
    ready,
    close: () => watchers.delete(onChange),
  };
}

function nameOf(entry: DirectoryEntry): string {
  return `${entry.node.key}/${entry.id}`;
}
