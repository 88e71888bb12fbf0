import type { Clock, DirectoryKey, NodeId, Timer } from '@macula/core';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { Finder } from './finder.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import type { RecordStore } from './record-store.ts';

/** A key that somebody on this node watches or has looked up. */
export interface Observation {
  readonly key: DirectoryKey;
  watchers: number;
  /** Until then lookups are answered from what is known. */
  freshUntil: number;
  /** Replicas that notify this node. */
  replicas: readonly Contact[];
  /** When leases are renewed, and when replicas are looked for anew. */
  renewAt: number;
  seekAt: number;
  renewing: Promise<void> | undefined;
}

export interface LeaseRenewalDeps {
  readonly clock: Clock;
  readonly finder: Finder;
  readonly requests: PeerRequests;
  readonly neighbourhood: Neighbourhood;
  /** What is known of observed keys. */
  readonly observed: RecordStore;
  readonly ownAddresses: () => readonly string[];
  /** Whether this node holds every key of the mesh: then nobody needs to notify it. */
  readonly isLocal: () => boolean;
}

const renewalsAtATime = 8;

/** Has some replicas of every watched key notify this node, for as long as somebody watches. */
export class LeaseRenewal {
  readonly #deps: LeaseRenewalDeps;
  readonly #settings: KademliaSettings;
  readonly #observations: () => Iterable<Observation>;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    deps: LeaseRenewalDeps,
    settings: KademliaSettings,
    observations: () => Iterable<Observation>,
  ) {
    this.#deps = deps;
    this.#settings = settings;
    this.#observations = observations;
    deps.neighbourhood.onGone((id) => this.#replicaLost(id));
  }

  /** What was watched before this node had joined has found nobody to notify it. */
  start(): void {
    this.#makeAllDue();
    this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** All leases may be wrong: replicas are looked for anew. */
  renewAll(): void {
    this.#makeAllDue();
    this.#renewSoon();
  }

  /** Renews leases, finding replicas first where that is needed; never throws. */
  renew(observation: Observation): Promise<void> {
    return (observation.renewing ??= this.#register(observation)
      .catch(() => {
        observation.renewAt = 0;
        observation.seekAt = 0;
      })
      .finally(() => {
        observation.renewing = undefined;
      }));
  }

  /** Nobody watches the key any more. */
  release(observation: Observation): void {
    const { requests, ownAddresses } = this.#deps;
    const { key, replicas } = observation;
    observation.replicas = [];
    if (this.#stopped) return;
    for (const replica of replicas) {
      const question = { addresses: [...ownAddresses()], key: key.bytes, leaseMs: 0, digest: 0n };
      requests.ask(replica, exchanges.watch, question, 1).catch(() => undefined);
    }
  }

  #makeAllDue(): void {
    for (const observation of this.#observations()) {
      observation.renewAt = 0;
      observation.seekAt = 0;
    }
  }

  #replicaLost(id: NodeId): void {
    let lost = false;
    for (const observation of this.#observations()) {
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
    const due = [...this.#observations()].filter(
      ({ watchers, renewAt }) => watchers > 0 && renewAt <= now,
    );
    const work = async (): Promise<void> => {
      for (let next = due.pop(); next !== undefined; next = due.pop()) await this.renew(next);
    };
    for (let i = 0; i < renewalsAtATime; i++) void work();
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
