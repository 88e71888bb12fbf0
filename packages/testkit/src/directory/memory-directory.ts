import {
  type Clock,
  type Directory,
  type DirectoryEntry,
  InvalidArgumentError,
  type NodeId,
  systemClock,
} from '@macula/core';
import { DirectoryView } from './directory-view.ts';

export interface MemoryDirectoryOptions {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds until other nodes see a change. Default 1. */
  readonly delayMs?: number;
}

/** One node's Directory. */
export interface MemoryDirectoryNode extends Directory {
  /** Removes everything that this node has announced, and ends its watches. Idempotent. */
  leave(): void;
}

/** A Directory in memory that many nodes share: for tests of what stands on a Directory. */
export interface MemoryDirectory {
  /** The Directory of node `id`. Throws InvalidArgumentError when it has one that did not leave. */
  node(id: NodeId): MemoryDirectoryNode;
  /** What a Directory does when a node has failed: its entries vanish everywhere. */
  forget(id: NodeId): void;
  /** Watches of all nodes that are open. */
  readonly watches: number;
}

/** Creates a directory in memory. */
export function memoryDirectory(options: MemoryDirectoryOptions = {}): MemoryDirectory {
  return new SharedDirectory(options.clock ?? systemClock, options.delayMs ?? 1);
}

class SharedDirectory implements MemoryDirectory {
  private readonly clock: Clock;
  private readonly delayMs: number;
  private readonly views = new Map<string, DirectoryView>();

  constructor(clock: Clock, delayMs: number) {
    this.clock = clock;
    this.delayMs = delayMs;
  }

  get watches(): number {
    let count = 0;
    for (const view of this.views.values()) count += view.watches;
    return count;
  }

  node(id: NodeId): MemoryDirectoryNode {
    if (this.views.has(id.key)) {
      throw new InvalidArgumentError(`node ${id.key} has a directory already`);
    }
    const view = new DirectoryView(id, {
      put: (entry) => {
        this.spread((other) => {
          other.put(entry);
        }, entry);
      },
      remove: (entry) => {
        this.spread((other) => {
          other.remove(entry);
        }, entry);
      },
      left: () => {
        this.forget(id);
      },
    });
    for (const other of this.views.values()) {
      for (const entry of other.own()) view.put(entry);
    }
    this.views.set(id.key, view);
    return view;
  }

  forget(id: NodeId): void {
    const view = this.views.get(id.key);
    if (view === undefined) return;
    this.views.delete(id.key);
    for (const entry of [...view.own()]) {
      this.spread((other) => {
        other.remove(entry);
      }, entry);
    }
    view.leave();
  }

  /** Changes reach those who are there now, in the order in which they were made. */
  private spread(apply: (view: DirectoryView) => void, { node }: DirectoryEntry): void {
    const others = [...this.views.values()].filter((view) => !view.self.equals(node));
    if (others.length === 0) return;
    this.clock.setTimer(() => {
      for (const view of others) apply(view);
    }, this.delayMs);
  }
}
