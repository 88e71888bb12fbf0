import { setMaxListeners } from 'node:events';
import {
  type Clock,
  type Link,
  type Links,
  type Logger,
  type Membership,
  type Metrics,
  type NodeId,
  noMetrics,
  NotRunningError,
  type Random,
  silentLogger,
  type Startable,
  type Unsubscribe,
} from '@macula/core';
import type { ReplicatedType } from '../crdt.ts';
import type { StoreFailedError } from '../errors.ts';
import { createHybridClock } from '../hybrid-clock.ts';
import { AntiEntropy } from './anti-entropy.ts';
import type { ReplicatedDocument } from './document.ts';
import { DocumentTable } from './document-table.ts';
import { Exchange } from './exchange.ts';
import { Gossip } from './gossip.ts';
import { freshWriter, Journal } from './journal.ts';
import { Peers } from './peers.ts';
import { receiveFrames } from './receive-frames.ts';
import { Reconciliation } from './reconciliation.ts';
import { replicaMetrics } from './replica-metrics.ts';
import { type ReplicaOptions, type ReplicaSettings, replicaSettings } from './replica-options.ts';
import type { Store } from './store.ts';

/** What a replica works with. */
export interface ReplicaDependencies {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  /** Keeps documents over restarts. The replica closes it when it stops. Default: none, and a new writer ID at every start. */
  readonly store?: Store;
  /** Who takes part. Default: whoever has a link. Causal stability is known only with it. */
  readonly membership?: Membership;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** Holds named documents and keeps them equal with those of its peers. */
export interface Replica extends Startable {
  /** The ID under which this replica writes. Known once started. */
  readonly writer: string;
  /** Why the replica stopped exchanging, if its store failed. */
  readonly failure: Error | undefined;
  /**
   * The document of that name, created when there is none; the same object at every call. Throws
   * NotRunningError, DocumentTypeError when it exists with another type, LimitExceededError, DamagedStoreError, InvalidArgumentError.
   */
  document<State, Value>(
    name: string,
    type: ReplicatedType<State, Value>,
  ): ReplicatedDocument<State, Value>;
  /** All open documents. */
  documents(): Iterable<ReplicatedDocument<unknown, unknown>>;
  /** Resolves when all changes so far are stored. Throws StoreFailedError. */
  flush(): Promise<void>;
  /** Compares all documents with a peer now, not waiting for the next turn. */
  compare(peer: NodeId): void;
}

/** Creates a replica. Throws InvalidArgumentError for options out of range. */
export function createReplica(deps: ReplicaDependencies, options: ReplicaOptions = {}): Replica {
  return new MeshReplica(deps, replicaSettings(options));
}

class MeshReplica implements Replica {
  failure: Error | undefined;
  private readonly deps: ReplicaDependencies;
  private readonly logger: Logger;
  private readonly journal: Journal | undefined;
  private readonly table: DocumentTable;
  private readonly gossip: Gossip;
  private readonly reconciliation: Reconciliation;
  private readonly antiEntropy: AntiEntropy;
  private readonly peers: Peers;
  private readonly exchanging = new AbortController();
  private readonly receive: () => Unsubscribe;
  private unsubscribe: Unsubscribe = () => undefined;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(deps: ReplicaDependencies, settings: ReplicaSettings) {
    const { links, clock, random, store, membership } = deps;
    const { signal } = this.exchanging;
    this.deps = deps;
    this.logger = deps.logger ?? silentLogger;
    const metrics = replicaMetrics(deps.metrics ?? noMetrics, {
      documents: () => this.table.size,
      bufferedBytes: () => [...this.table.all()].reduce((sum, { log }) => sum + log.totalBytes, 0),
    });
    this.journal = store === undefined ? undefined : new Journal(store, settings);
    const exchange = new Exchange(metrics);
    const peers = new Peers(links, membership, random);
    this.peers = peers;
    // Every dial that is under way listens to it.
    setMaxListeners(0, signal);
    this.table = new DocumentTable({
      settings,
      clock: createHybridClock(clock, settings),
      logger: this.logger,
      journal: this.journal,
      stored: (document, delta, bytes, from) => {
        if (!signal.aborted) this.gossip.changed(document, delta, bytes, from);
      },
      failed: (error) => this.fail(error),
    });
    this.reconciliation = new Reconciliation({
      exchange,
      metrics,
      frameBytes: settings.frameBytes,
      documents: () => this.table.all(),
      revision: () => this.table.revision,
      find: (name, type) => this.table.find(name, type),
    });
    this.gossip = new Gossip({
      clock,
      peers,
      exchange,
      settings,
      metrics,
      signal,
      compare: (peer, document) =>
        peers.reach(peer, (link) => this.reconciliation.beginWith(link, document), signal),
    });
    this.antiEntropy = new AntiEntropy({
      clock,
      random,
      peers,
      settings,
      signal,
      links,
      membership,
      tick: () => this.gossip.compact(this.table.all()),
      begin: (link) => this.meet(link),
    });
    this.receive = () =>
      receiveFrames({
        links,
        logger: this.logger,
        documents: this.table,
        exchange,
        gossip: this.gossip,
        reconciliation: this.reconciliation,
        metrics,
        signal,
      });
  }

  get writer(): string {
    return this.table.writer;
  }

  start(): Promise<void> {
    if (this.stopping !== undefined) return Promise.reject(new NotRunningError('it was stopped'));
    return (this.starting ??= this.run());
  }

  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  document<State, Value>(
    name: string,
    type: ReplicatedType<State, Value>,
  ): ReplicatedDocument<State, Value> {
    this.table.assertRunning();
    return this.table.get(name, type);
  }

  documents(): Iterable<ReplicatedDocument<unknown, unknown>> {
    return this.table.all();
  }

  async flush(): Promise<void> {
    await this.journal?.flush();
  }

  compare(peer: NodeId): void {
    this.table.assertRunning();
    this.antiEntropy.compare(peer);
  }

  private async run(): Promise<void> {
    const opened = await this.journal?.open(this.deps.random);
    this.table.writer = opened?.writer ?? freshWriter(this.deps.random);
    this.table.load(opened?.documents ?? []);
    if (this.stopping !== undefined) return;
    this.table.running = true;
    const ends = [this.peers.follow(), this.receive(), this.antiEntropy.start()];
    this.unsubscribe = () => {
      for (const end of ends) end();
    };
  }

  private async end(): Promise<void> {
    await this.starting?.catch(() => undefined);
    this.table.running = false;
    // A failed store has ended the exchange already, and closes with what it could write.
    await this.journal?.flush().catch(() => undefined);
    this.gossip.finish();
    this.endExchange();
    await this.journal?.close();
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = error as StoreFailedError;
    this.logger.error(
      { err: error },
      'the store failed: the replica keeps its documents in memory and exchanges nothing any more',
    );
    this.endExchange();
  }

  private endExchange(): void {
    this.exchanging.abort();
    this.unsubscribe();
    this.gossip.stop();
  }

  /** Sends a peer what it is not known to have, and compares everything else. */
  private meet(link: Link): void {
    this.gossip.catchUp(link, this.table.all());
    this.reconciliation.begin(link);
  }
}
