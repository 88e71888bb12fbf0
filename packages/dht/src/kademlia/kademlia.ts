import {
  AbortedError,
  type Clock,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryKey,
  type DirectoryWatch,
  type Membership,
  type NodeId,
  noMetrics,
  NotRunningError,
  silentLogger,
  type Timer,
  type Unsubscribe,
  withDeadline,
} from '@macula/core';
import { Finder, ownAddressesOf } from './finder.ts';
import { Joining } from './joining.ts';
import type {
  Kademlia,
  KademliaAnnounceOptions,
  KademliaDeps,
  KademliaLookupOptions,
  KademliaState,
  KademliaSurroundings,
} from './kademlia-contract.ts';
import { kademliaMetrics } from './kademlia-metrics.ts';
import {
  type KademliaOptions,
  kademliaSettings,
  type KademliaSettings,
} from './kademlia-options.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { NotificationRelay } from './notification-relay.ts';
import { Notifier } from './notifier.ts';
import { ObservedKeys } from './observed-keys.ts';
import { PeerRequests } from './peer-requests.ts';
import type { KademliaAnnouncement } from './own-announcement.ts';
import { Publisher } from './publisher.ts';
import { RecordStore } from './record-store.ts';
import { ReplicaUpkeep } from './replica-upkeep.ts';
import { RequestHandlers } from './request-handlers.ts';
import { RoutingTable } from './routing-table.ts';
import { Storing } from './storing.ts';
import { subnetsOfStrangers } from './subnet.ts';
import { TableUpkeep } from './table-upkeep.ts';
import { verifiedOnce } from './verified-once.ts';
import { WatchLeases } from './watch-leases.ts';
import { WholeReplica } from './whole-replica.ts';

const sweepMs = 5_000;
const graceMs = 2_000;

/**
 * The Directory of a mesh of any size (Maymounkov and Mazières 2002): the entries under a key are signed records, held by
 * the k nodes whose IDs are nearest to it. In a mesh of at most k nodes that is everybody, and lookups
 * and watches are local. `bootstrap` names nodes to join through; without it peers that are linked, and
 * membership, show the way. Throws InvalidArgumentError for options that cannot work.
 */
export function createKademlia(
  deps: KademliaDeps,
  options: KademliaOptions & KademliaSurroundings = {},
): Kademlia {
  return new KademliaDirectory(deps, kademliaSettings(options), options);
}

class KademliaDirectory implements Kademlia {
  readonly #clock: Clock;
  readonly #membership: Membership | undefined;
  readonly #settings: KademliaSettings;
  readonly #neighbourhood: Neighbourhood;
  readonly #requests: PeerRequests;
  readonly #finder: Finder;
  readonly #replica: RecordStore;
  readonly #observed: ObservedKeys;
  readonly #observedStore: RecordStore;
  readonly #leases: WatchLeases;
  readonly #publisher: Publisher;
  readonly #upkeep: ReplicaUpkeep;
  readonly #whole: WholeReplica;
  readonly #tableUpkeep: TableUpkeep;
  readonly #joining: Joining;
  readonly #handlers: RequestHandlers;
  readonly #cacheHits: { inc(): void };
  readonly #ends: Unsubscribe[] = [];
  #sweep: Timer | undefined;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #stopping: Promise<void> | undefined;

  constructor(
    given: KademliaDeps,
    settings: KademliaSettings,
    { bootstrap = [], membersOnly }: KademliaSurroundings,
  ) {
    const { links, clock, random, membership, verify, signer } = given;
    this.#clock = clock;
    this.#membership = membership;
    this.#settings = settings;
    const logger = given.logger ?? silentLogger;
    const metrics = kademliaMetrics(given.metrics ?? noMetrics, {
      contacts: () => this.#neighbourhood.table.size,
      buckets: () => this.#neighbourhood.table.bucketCount,
      records: () => this.#replica.size,
      watchedKeys: () => this.#observed.watchedKeys,
      leases: () => this.#leases.size,
    });
    this.#cacheHits = metrics.cacheHits;
    const subnetOf = subnetsOfStrangers(() => links.localAddresses);
    const table = new RoutingTable(links.self, settings, subnetOf);
    const { self } = links;
    const neighbourhood = new Neighbourhood(self, table, settings, membership, membersOnly);
    const isGone = (node: NodeId): boolean => neighbourhood.isGone(node);
    const storeDeps = { clock, verify: verifiedOnce(verify), isGone, logger };
    const shared = { links, clock, random, neighbourhood, metrics, signer, membership };
    this.#neighbourhood = neighbourhood;
    this.#requests = new PeerRequests(shared, settings);
    const asking = { ...shared, requests: this.#requests, ownAddresses: ownAddressesOf(links) };
    this.#finder = new Finder(asking, settings);
    this.#replica = new RecordStore(storeDeps, settings);
    this.#observedStore = new RecordStore(storeDeps, settings);
    const finding = { ...asking, finder: this.#finder, store: this.#replica };
    const notifier = new Notifier(asking, settings);
    this.#leases = new WatchLeases({ ...asking, notifier }, settings);
    this.#observed = new ObservedKeys(
      {
        ...finding,
        replica: this.#replica,
        observed: this.#observedStore,
        isLocal: () => this.#whole.holds,
        // Every replica that notifies, and as many again in place of forwarders that are lost.
        relay: new NotificationRelay(notifier, 2 * settings.watchReplicas),
      },
      settings,
    );
    this.#publisher = new Publisher(
      { ...finding, storing: new Storing(finding, settings) },
      settings,
    );
    this.#upkeep = new ReplicaUpkeep(finding, settings, () => this.#whole.reconsider());
    this.#whole = new WholeReplica({
      neighbourhood,
      upkeep: this.#upkeep,
      onChange: () => this.#observed.modeChanged(),
    });
    this.#tableUpkeep = new TableUpkeep(finding, settings);
    this.#joining = new Joining(finding, settings, bootstrap);
    this.#handlers = new RequestHandlers(
      { ...finding, leases: this.#leases, observed: this.#observed, upkeep: this.#upkeep },
      settings.k,
    );
  }

  get state(): KademliaState {
    const { table } = this.#neighbourhood;
    return {
      local: this.#whole.holds,
      contacts: table.size,
      buckets: table.bucketCount,
      records: this.#replica.size,
      entries: this.#replica.shown,
      announced: this.#publisher.size,
      watchedKeys: this.#observed.watchedKeys,
      leases: this.#leases.size,
    };
  }

  get settled(): boolean {
    return this.#upkeep.idle;
  }

  announce(
    key: DirectoryKey,
    value: Uint8Array,
    { sensitive = false }: KademliaAnnounceOptions = {},
  ): KademliaAnnouncement {
    this.#refuseStopped();
    const announcement = this.#publisher.announce(key, value, sensitive);
    return {
      ...announcement,
      update: (next) => {
        this.#refuseStopped();
        announcement.update(next);
      },
    };
  }

  async lookup(
    key: DirectoryKey,
    options: KademliaLookupOptions = {},
  ): Promise<readonly DirectoryEntry[]> {
    this.#refuseStopped();
    const { signal, timeout = 5_000, sensitive = false } = options;
    const what = 'the directory lookup';
    if (signal?.aborted === true) {
      throw new AbortedError(`${what} was aborted`, { cause: signal.reason });
    }
    if (this.#whole.holds) return this.#replica.entries(key);
    const known = sensitive ? undefined : this.#observed.fresh(key);
    if (known !== undefined) {
      this.#cacheHits.inc();
      return known;
    }
    const paths = sensitive ? this.#settings.disjointPaths : 1;
    return withDeadline(this.#clock, this.#observed.fetch(key, paths), { timeout, signal, what });
  }

  watch(key: DirectoryKey, onChange: (change: DirectoryChange) => void): DirectoryWatch {
    this.#refuseStopped();
    return this.#observed.watch(key, onChange);
  }

  distrust(node: NodeId): void {
    this.#observed.distrust(node);
  }

  /** Joins the mesh; resolves when this node knows its place, or found nobody. Throws NotRunningError after stop(). */
  async start(): Promise<void> {
    this.#refuseStopped();
    if (this.#state === 'running') return;
    this.#state = 'running';
    this.#ends.push(
      this.#handlers.start(),
      this.#neighbourhood.onAdded((contact) => {
        this.#upkeep.enqueue(contact);
        this.#whole.reconsider();
      }),
      this.#neighbourhood.onGone(() => this.#whole.reconsider()),
      this.#replica.onMerge((record) => this.#leases.changed(record)),
    );
    const gone = this.#membership?.onChange(({ type, member }) => {
      if (type === 'suspected' || type === 'updated') return;
      if (type === 'failed' || type === 'left') this.#observed.distrust(member.id);
      for (const store of [this.#replica, this.#observedStore]) {
        if (type === 'left') store.nodeLeft(member.id);
        else store.nodeChanged(member.id);
      }
    });
    if (gone !== undefined) this.#ends.push(gone);
    this.#scheduleSweep();
    this.#tableUpkeep.start();
    await this.#joining.join();
    if (this.#isStopped) return;
    this.#upkeep.joined();
    this.#observed.start();
    this.#publisher.start();
  }

  /** Withdraws this node's entries, as far as that works within 2 s, and forgets everything. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#end());
  }

  async #end(): Promise<void> {
    const wasRunning = this.#state === 'running';
    this.#state = 'stopped';
    if (wasRunning) await this.#publisher.leave(graceMs);
    this.#publisher.stop();
    this.#joining.stop();
    this.#tableUpkeep.stop();
    this.#upkeep.stop();
    this.#requests.stop();
    for (const end of this.#ends.splice(0)) end();
    this.#observed.stop();
    this.#leases.stop();
    this.#sweep?.cancel();
    this.#replica.clear();
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #scheduleSweep(): void {
    this.#sweep = this.#clock.setTimer(
      () => {
        this.#replica.sweep();
        this.#observedStore.sweep();
        this.#leases.sweep();
        this.#scheduleSweep();
      },
      sweepMs,
      { background: true },
    );
  }

  #refuseStopped(): void {
    if (this.#isStopped) throw new NotRunningError('this directory has been stopped');
  }
}
