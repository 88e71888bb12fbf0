import type {
  DirectoryChange,
  DirectoryEntry,
  DirectoryKey,
  DirectoryWatch,
  NodeId,
} from '@macula/core';
import type { KademliaRecord } from '@macula/wire';
import type { Contact } from './contact.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import { LeaseRenewal, type LeaseRenewalDeps, type Observation } from './lease-renewal.ts';
import type { NotificationRelay } from './notification-relay.ts';
import { mergeAll } from './record-pages.ts';
import type { RecordStore } from './record-store.ts';

export interface ObservedKeysDeps extends LeaseRenewalDeps {
  /** What this node holds as a replica. */
  readonly replica: RecordStore;
  readonly metrics: KademliaMetrics;
  readonly relay: NotificationRelay;
}

/**
 * Keys that somebody on this node watches or has looked up. Results of lookups are kept for a while; watched
 * keys are kept current by some of their replicas, which notify this node for as long as it renews its leases.
 */
export class ObservedKeys {
  readonly #deps: ObservedKeysDeps;
  readonly #settings: KademliaSettings;
  /** Least recently used first. */
  readonly #observations = new Map<string, Observation>();
  readonly #leases: LeaseRenewal;
  #watched = 0;

  constructor(deps: ObservedKeysDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
    deps.replica.onMerge((record) => {
      if (this.#observations.has(record.key.key)) deps.observed.merge(record, true);
    });
    this.#leases = new LeaseRenewal(deps, settings, () => this.#observations.values());
  }

  get watchedKeys(): number {
    return this.#watched;
  }

  /** What was watched before this node had joined has found nobody to notify it. */
  start(): void {
    this.#leases.start();
  }

  stop(): void {
    this.#leases.stop();
    this.#deps.relay.stop();
    this.#observations.clear();
    this.#deps.observed.clear();
  }

  /** What is known of the key, if that is fresh. */
  fresh(key: DirectoryKey): readonly DirectoryEntry[] | undefined {
    const observation = this.#observations.get(key.key);
    if (observation === undefined || observation.freshUntil <= this.#deps.clock.now()) {
      return undefined;
    }
    this.#observations.delete(key.key);
    this.#observations.set(key.key, observation);
    return this.#deps.observed.entries(key);
  }

  /** Looks the key up in the mesh and keeps the result, unless it is empty. */
  async fetch(key: DirectoryKey, paths: number): Promise<readonly DirectoryEntry[]> {
    const { finder, observed, clock, replica, neighbourhood } = this.#deps;
    const observation = this.#observe(key);
    const held = paths === 1 && replica.digest(key) !== 0n && neighbourhood.replicasOf(key).self;
    await finder.findValue(key, observed, { paths, held });
    const entries = observed.entries(key);
    if (entries.length > 0 && this.#observations.get(key.key) === observation) {
      observation.freshUntil = Math.max(
        observation.freshUntil,
        clock.now() + this.#settings.cacheMs,
      );
    }
    return entries;
  }

  watch(key: DirectoryKey, onChange: (change: DirectoryChange) => void): DirectoryWatch {
    const { observed } = this.#deps;
    const observation = this.#observe(key);
    if (observation.watchers++ === 0) this.#watched++;
    const unwatch = observed.watch(key, onChange);
    const ready = this.#deps.isLocal() ? Promise.resolve() : this.#leases.renew(observation);
    let closed = false;
    return {
      entries: { [Symbol.iterator]: () => observed.entries(key)[Symbol.iterator]() },
      ready,
      close: () => {
        if (closed) return;
        closed = true;
        unwatch();
        if (--observation.watchers > 0) return;
        this.#watched--;
        this.#release(observation);
      },
    };
  }

  /**
   * Replicas, or others in their name, have told of changes, which this node passes on to `forward`. What is not watched is
   * not wanted. Throws when there is nothing to pass on, or too much.
   */
  notified(records: readonly KademliaRecord[], forward: readonly Contact[]): void {
    const { observed, metrics, relay } = this.#deps;
    const { taken } = mergeAll(
      observed,
      records,
      metrics,
      ({ key }) => (this.#observations.get(key.key)?.watchers ?? 0) > 0,
    );
    if (forward.length === 0) return;
    // What is held has been verified; what was known already was not, this time.
    const held = taken.map((record) => observed.newest(record)).filter((one) => one !== undefined);
    relay.pass(held, forward);
  }

  /** A provider does not work: results that name it are looked up again. */
  distrust(node: NodeId): void {
    const { observed } = this.#deps;
    for (const observation of this.#observations.values()) {
      if (observation.watchers > 0 || observation.freshUntil === 0) continue;
      const named = observed.records(observation.key).some((record) => record.node.equals(node));
      if (named) observation.freshUntil = 0;
    }
  }

  /** The mesh has become large or small: leases are needed from now on, or no more. */
  modeChanged(): void {
    this.#leases.renewAll();
  }

  #observe(key: DirectoryKey): Observation {
    const before = this.#observations.get(key.key);
    if (before !== undefined) return before;
    const observation: Observation = {
      key,
      watchers: 0,
      freshUntil: 0,
      replicas: [],
      renewAt: 0,
      seekAt: 0,
      renewing: undefined,
    };
    this.#observations.set(key.key, observation);
    for (const record of this.#deps.replica.records(key)) this.#deps.observed.merge(record, true);
    this.#makeRoom();
    return observation;
  }

  #makeRoom(): void {
    let surplus = this.#observations.size - this.#watched - this.#settings.maxCachedKeys;
    for (const [name, { key, watchers }] of this.#observations) {
      if (surplus <= 0) return;
      if (watchers > 0) continue;
      this.#observations.delete(name);
      this.#deps.observed.forget(key);
      surplus--;
    }
  }

  #release(observation: Observation): void {
    this.#leases.release(observation);
    // What replicas have kept current until now is as good as a lookup's result.
    const cachedUntil = this.#deps.clock.now() + this.#settings.cacheMs;
    observation.freshUntil = Math.min(observation.freshUntil, cachedUntil);
    this.#makeRoom();
  }
}
