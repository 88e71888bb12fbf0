import type { Clock, Directory, DirectoryChange, DirectoryEntry, NodeId } from '@macula/core';

/** One directory that all nodes look into: watchers hear of changes after a delay. Costs little per node. */
export class CommonDirectory {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #entries = new Map<string, Set<DirectoryEntry>>();
  readonly #watchers = new Map<string, Set<(change: DirectoryChange) => void>>();
  #announced = 0;

  constructor(clock: Clock, delayMs = 5) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** The directory of one node. */
  of(node: NodeId): Directory {
    return {
      announce: (key, value) => {
        let entry: DirectoryEntry = { key, node, id: `${this.#announced++}`, value };
        const entries = this.#entries.get(key.key) ?? new Set();
        this.#entries.set(key.key, entries.add(entry));
        this.#tell({ type: 'added', entry });
        return {
          update: (changed) => {
            entries.delete(entry);
            entry = { ...entry, value: changed };
            entries.add(entry);
            this.#tell({ type: 'updated', entry });
          },
          withdraw: () => {
            if (entries.delete(entry)) this.#tell({ type: 'removed', entry });
          },
        };
      },
      lookup: async (key) => [...(this.#entries.get(key.key) ?? [])],
      watch: (key, onChange) => {
        const watchers = this.#watchers.get(key.key) ?? new Set();
        this.#watchers.set(key.key, watchers.add(onChange));
        return {
          entries: [...(this.#entries.get(key.key) ?? [])],
          ready: Promise.resolve(),
          close: () => watchers.delete(onChange),
        };
      },
    };
  }

  /** Removes everything that a node has announced, as when it has died. */
  forget(node: NodeId): void {
    for (const entries of this.#entries.values()) {
      for (const entry of [...entries]) {
        if (!entry.node.equals(node)) continue;
        entries.delete(entry);
        this.#tell({ type: 'removed', entry });
      }
    }
  }

  #tell(change: DirectoryChange): void {
    const watchers = this.#watchers.get(change.entry.key.key);
    if (watchers === undefined || watchers.size === 0) return;
    const late = (): void => {
      for (const watcher of [...watchers]) watcher(change);
    };
    this.#clock.setTimer(late, this.#delayMs, { background: true });
  }
}
