import {
  AbortedError,
  type Announcement,
  type Clock,
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryKey,
  type DirectoryWatch,
  type Links,
  type Logger,
  type LookupOptions,
  type Membership,
  type Metrics,
  noMetrics,
  NotRunningError,
  type Random,
  silentLogger,
  type Startable,
} from '@macula/core';
import { directoryMetrics } from './directory-metrics.ts';
import { EntryStore } from './entry-store.ts';
import { OwnEntries } from './own-entries.ts';
import { type ReplicatedDirectoryOptions, settingsOf } from './replicated-directory-options.ts';
import { ReplicationProtocol } from './replication-protocol.ts';

export interface ReplicatedDirectoryDeps {
  readonly links: Links;
  readonly membership: Membership;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** The Directory as a full replica; see `createReplicatedDirectory`. */
export interface ReplicatedDirectory extends Directory, Startable {
  /** Whether everything that linked peers had announced when their links opened is here. */
  readonly settled: boolean;
  /** Entries that are held, by who announced them. */
  readonly size: { readonly self: number; readonly peers: number };
}

/**
 * The Directory of a mesh that is small enough for every node to hold every entry: lookups and watches are
 * local, and a change is one frame to every linked peer at the end of the event-loop turn. Each node is
 * the only authority for its own entries, and tells them itself over its own links; nobody can speak
 * for a third node. Entries of a node vanish when membership says that it failed or left.
 * Throws InvalidArgumentError for options that cannot work.
 */
export function createReplicatedDirectory(
  deps: ReplicatedDirectoryDeps,
  options: ReplicatedDirectoryOptions = {},
): ReplicatedDirectory {
  return new LocalReplica(deps, options);
}

class LocalReplica implements ReplicatedDirectory {
  readonly #store: EntryStore;
  readonly #own: OwnEntries;
  readonly #protocol: ReplicationProtocol;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(given: ReplicatedDirectoryDeps, options: ReplicatedDirectoryOptions) {
    const deps = {
      ...given,
      logger: given.logger ?? silentLogger,
      metrics: given.metrics ?? noMetrics,
    };
    const settings = settingsOf(options);
    this.#store = new EntryStore(deps.logger);
    this.#own = new OwnEntries(
      {
        self: deps.links.self,
        store: this.#store,
        epoch: epochOf(deps.membership.self.incarnation, deps.clock),
      },
      settings,
      () => this.#protocol.ownChanged(),
    );
    const metrics = directoryMetrics(deps.metrics, {
      own: () => this.#own.size,
      all: () => this.#store.size,
    });
    this.#protocol = new ReplicationProtocol(
      { ...deps, metrics, store: this.#store, own: this.#own },
      settings,
    );
  }

  get settled(): boolean {
    return this.#protocol.settled;
  }

  get size(): { readonly self: number; readonly peers: number } {
    const self = this.#own.size;
    return { self, peers: this.#store.size - self };
  }

  announce(key: DirectoryKey, value: Uint8Array): Announcement {
    this.#refuseStopped();
    const change = this.#own.add(key, value);
    return {
      update: (newValue) => {
        this.#refuseStopped();
        this.#own.update(change, newValue);
      },
      withdraw: () => {
        if (this.#state !== 'stopped') this.#own.withdraw(change);
      },
    };
  }

  async lookup(key: DirectoryKey, options: LookupOptions = {}): Promise<readonly DirectoryEntry[]> {
    this.#refuseStopped();
    if (options.signal?.aborted === true) {
      throw new AbortedError('the directory lookup was aborted', { cause: options.signal.reason });
    }
    return this.#store.lookup(key);
  }

  watch(key: DirectoryKey, onChange: (change: DirectoryChange) => void): DirectoryWatch {
    this.#refuseStopped();
    return this.#store.watch(key, onChange);
  }

  /** Throws NotRunningError after stop(). */
  async start(): Promise<void> {
    this.#refuseStopped();
    if (this.#state === 'running') return;
    this.#state = 'running';
    this.#protocol.start();
  }

  /** Forgets everything without a word: the others drop this node's entries when they see it leave. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#protocol.stop();
    this.#store.clear();
  }

  #refuseStopped(): void {
    if (this.#state === 'stopped') throw new NotRunningError('this directory has been stopped');
  }
}

/** The epoch of a node's entries is its incarnation, so that a restarted node's entries replace those of its earlier life. */
function epochOf(incarnation: bigint, clock: Clock): number {
  const epoch = Number(incarnation);
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : Math.floor(clock.wallTime());
}
