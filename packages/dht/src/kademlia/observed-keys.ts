import type {
  Clock,
  DirectoryChange,
  DirectoryEntry,
  DirectoryKey,
  DirectoryWatch,
  NodeId,
  Timer,
} from '@macula/core';
import type { KademliaRecord } from '@macula/wire';
import { exchanges } from './exchanges.ts';
import type { Contact } from './contact.ts';
import type { Finder } from './finder.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { NotificationRelay } from './notification-relay.ts';
import type { PeerRequests } from './peer-requests.ts';
import { mergeAll } from './record-pages.ts';
import type { RecordStore } from './record-store.ts';

export interface ObservedKeysDeps {
  readonly clock: Clock;
  readonly finder: Finder;
  readonly requests: PeerRequests;
  readonly neighbourhood: Neighbourhood;
  /** What this node holds as a replica. */
  readonly replica: RecordStore;
  /** What it knows beyond that, of keys that it watches or has looked up. */
  readonly observed: RecordStore;
  readonly metrics: KademliaMetrics;
  readonly relay: NotificationRelay;
  readonly ownAddresses: () => readonly string[];
  /** Whether this node holds every key of the mesh. */
  readonly isLocal: () => boolean;
}

interface Observation {
  readonly key: DirectoryKey;
  watchers: number;
  /** Until then lookups are answered from here. */
  freshUntil: number;
  /** Replicas that notify this node. */
  replicas: readonly Contact[];
  /** When leases are renewed, and when replicas are looked for anew. */
  renewAt: number;
  seekAt: number;
  renewing: Promise<void> | undefined;
}

const renewalsAtATime = 8;

/**
 * Keys that somebody on this node watches or has looked up. Results of lookups are kept for a while; watched
 * keys are kept current by some of their replicas, which notify this node for as long as it renews its leases.
 */
export class ObservedKeys {
  readonly #deps: ObservedKeysDeps;
  readonly #settings: KademliaSettings;
  /** Least recently used first. */
  readonly #observations = new Map<string, Observation>();
  #watched = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(deps: ObservedKeysDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
    deps.replica.onMerge((record) => {
      if (this.#observations.has(record.key.key)) deps.observed.merge(record, true);
    });
    deps.neighbourhood.onRemoved((id) => this.#replicaLost(id));
  }

  get watchedKeys(): number {
    return this.#watched;
  }

  /** What was watched before this node had joined has found nobody to notify it. */
  start(): void {
    this.#makeAllDue();
    this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    this.#deps.relay.stop();
    this.#timer?.cancel();
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
    const { finder, observed, clock } = this.#deps;
    const observation = this.#observe(key);
    await finder.findValue(key, observed, { paths });
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
    const ready = this.#deps.isLocal() ? Promise.resolve() : this.#renew(observation);
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
    this.#makeAllDue();
    this.#renewSoon();
  }

  #makeAllDue(): void {
    for (const observation of this.#observations.values()) {
      observation.renewAt = 0;
      observation.seekAt = 0;
    }
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
    const { requests, ownAddresses, clock } = this.#deps;
    const { key, replicas } = observation;
    observation.replicas = [];
    // What replicas have kept current until now is as good as a lookup's result.
    const cachedUntil = clock.now() + this.#settings.cacheMs;
    observation.freshUntil = Math.min(observation.freshUntil, cachedUntil);
    if (this.#stopped) return;
    for (const replica of replicas) {
      const question = { addresses: [...ownAddresses()], key: key.bytes, leaseMs: 0, digest: 0n };
      requests.ask(replica, exchanges.watch, question, 1).catch(() => undefined);
    }
    this.#makeRoom();
  }

  #replicaLost(id: NodeId): void {
    let lost = false;
    for (const observation of this.#observations.values()) {
      if (!observation.replicas.some((replica) => replica.id.equals(id))) continue;
      observation.seekAt = 0;
      observation.renewAt = 0;
      lost = true;
    }
    if (lost) this.#renewSoon();
  }

  #renewSoon(): void {
    if (this.#stopped || this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = this.#deps.clock.setTimer(() => this.#tick(), 0, { background: true });
  }

  #tick(): void {
    if (this.#stopped) return;
    this.#timer = this.#deps.clock.setTimer(() => this.#tick(), this.#settings.leaseMs / 8, {
      background: true,
    });
    if (this.#deps.isLocal()) return;
    const now = this.#deps.clock.now();
    const due = Array.from(this.#observations.values()).filter(
      ({ watchers, renewAt }) => watchers > 0 && renewAt <= now,
    );
    const work = async (): Promise<void> => {
      for (let next = due.pop(); next !== undefined; next = due.pop()) await this.#renew(next);
    };
    for (let i = 0; i < renewalsAtATime; i++) void work();
  }

  /** Renews leases, finding replicas first where that is needed; never throws. */
  #renew(observation: Observation): Promise<void> {
    return (observation.renewing ??= this.#register(observation)
      .catch(() => {
        observation.renewAt = 0;
        observation.seekAt = 0;
      })
      .finally(() => {
        observation.renewing = undefined;
      }));
  }

  async #register(observation: Observation): Promise<void> {
    const { clock, finder, neighbourhood } = this.#deps;
    const { watchReplicas, leaseMs, republishMs } = this.#settings;
    const { key } = observation;
    let replicas = observation.replicas;
    if (observation.seekAt <= clock.now()) {
      const { closest } = neighbourhood.small
        ? { closest: neighbourhood.replicasOf(key).peers }
        : await finder.findNodes(key);
      replicas = closest;
      observation.seekAt = clock.now() + republishMs;
    }
    const holding: Contact[] = [];
    // One after the other only where some refuse: the nearest three usually do not.
    for (let at = 0; at < replicas.length && holding.length < watchReplicas;) {
      const batch = replicas.slice(at, at + watchReplicas - holding.length);
      at += batch.length;
      const given = await Promise.all(batch.map((replica) => this.#lease(observation, replica)));
      holding.push(...batch.filter((_, index) => given[index]));
    }
    if (observation.watchers === 0 || this.#stopped) return;
    observation.replicas = holding;
    const enough = holding.length >= Math.min(watchReplicas, replicas.length);
    observation.renewAt = clock.now() + (enough ? leaseMs / 2 : leaseMs / 8);
    if (!enough) observation.seekAt = 0;
    if (holding.length > 0) observation.freshUntil = clock.now() + leaseMs;
  }

  /** Whether the replica notifies this node from now on; what it has and this node lacks is read first. */
  async #lease({ key }: Observation, replica: Contact): Promise<boolean> {
    const { requests, observed, finder, ownAddresses } = this.#deps;
    try {
      const digest = observed.digest(key);
      const { leaseMs } = this.#settings;
      const question = { addresses: [...ownAddresses()], key: key.bytes, leaseMs, digest };
      const answer = await requests.ask(replica, exchanges.watch, question);
      if (answer.digest !== observed.digest(key)) await finder.readFrom(replica, key, observed);
      return answer.leaseMs > 0;
    } catch {
      return false;
    }
  }
}
