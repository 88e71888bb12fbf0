import type { Clock, DirectoryKey, NodeId } from '@macula/core';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { entryName, type SignedRecord } from './record.ts';
import { pageOf } from './record-pages.ts';

export interface WatchLeasesDeps {
  readonly clock: Clock;
  readonly requests: PeerRequests;
  readonly neighbourhood: Neighbourhood;
  readonly metrics: KademliaMetrics;
}

/** A node that wants to hear of changes under some keys. */
interface Watcher {
  contact: Contact;
  /** When the lease of each key ends. */
  readonly keys: Map<string, number>;
  /** What it has yet to be told, by entry: only the last record of each. */
  readonly waiting: Map<string, SignedRecord>;
  telling: boolean;
}

/** A watcher that is so many changes behind is not told: the digests of its next renewal show what it lacks. */
const maxWaiting = 4_096;

/** Whom this replica tells of changes. A watcher that does not answer loses its leases. */
export class WatchLeases {
  readonly #deps: WatchLeasesDeps;
  readonly #settings: KademliaSettings;
  readonly #watchers = new Map<string, Watcher>();
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #dirty = new Set<Watcher>();
  #size = 0;
  #stopped = false;

  constructor(deps: WatchLeasesDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
  }

  /** Pairs of watcher and key. */
  get size(): number {
    return this.#size;
  }

  /** Gives `watcher` a lease, or ends it with 0. Returns what was given, in milliseconds; 0 when there is no room, or the key is not held here. */
  grant(contact: Contact, key: DirectoryKey, leaseMs: number): number {
    const watcher = this.#watchers.get(contact.id.key);
    const known = watcher?.keys.has(key.key) === true;
    const given = Math.min(leaseMs, this.#settings.leaseMs);
    if (given === 0 || !this.#deps.neighbourhood.accepts(key)) {
      if (watcher !== undefined) this.#end(watcher, key.key);
      return 0;
    }
    if (!known && this.#size >= this.#settings.maxLeases) return 0;
    const holder = watcher ?? this.#admit(contact);
    holder.contact = contact;
    holder.keys.set(key.key, this.#deps.clock.now() + given);
    if (!known) {
      this.#size++;
      const watchers = this.#byKey.get(key.key);
      if (watchers === undefined) this.#byKey.set(key.key, new Set([holder]));
      else watchers.add(holder);
    }
    return given;
  }

  /** Tells the watchers of its key at the end of the turn. */
  changed(record: SignedRecord): void {
    const watchers = this.#byKey.get(record.key.key);
    if (watchers === undefined) return;
    for (const watcher of watchers) {
      const full = watcher.waiting.size >= maxWaiting;
      if (watcher.contact.id.equals(record.node) || full) continue;
      watcher.waiting.set(`${record.key.key} ${entryName(record)}`, record);
      if (this.#dirty.size === 0) this.#deps.clock.defer(() => this.#tellAll());
      this.#dirty.add(watcher);
    }
  }

  /** Ends leases that have run out. */
  sweep(): void {
    const now = this.#deps.clock.now();
    for (const watcher of [...this.#watchers.values()]) {
      for (const [key, until] of [...watcher.keys]) if (until <= now) this.#end(watcher, key);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#watchers.clear();
    this.#byKey.clear();
    this.#dirty.clear();
    this.#size = 0;
  }

  #admit(contact: Contact): Watcher {
    const watcher = { contact, keys: new Map(), waiting: new Map(), telling: false };
    this.#watchers.set(contact.id.key, watcher);
    return watcher;
  }

  #tellAll(): void {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const watcher of dirty) if (!watcher.telling) void this.#tell(watcher);
  }

  /** One message at a time: what changes meanwhile goes with the next. */
  async #tell(watcher: Watcher): Promise<void> {
    const { requests, metrics } = this.#deps;
    watcher.telling = true;
    try {
      while (watcher.waiting.size > 0 && !this.#stopped) {
        const { page, next } = pageOf([...watcher.waiting.values()]);
        const told = [...watcher.waiting.keys()].slice(0, next === 0 ? undefined : next);
        for (const name of told) watcher.waiting.delete(name);
        metrics.notifications.inc();
        await requests.ask(watcher.contact, exchanges.notify, { records: page });
      }
    } catch {
      this.#drop(watcher.contact.id);
    } finally {
      watcher.telling = false;
    }
  }

  #drop(id: NodeId): void {
    const watcher = this.#watchers.get(id.key);
    if (watcher === undefined) return;
    for (const key of [...watcher.keys.keys()]) this.#end(watcher, key);
  }

  #end(watcher: Watcher, key: string): void {
    if (!watcher.keys.delete(key)) return;
    this.#size--;
    const watchers = this.#byKey.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#byKey.delete(key);
    if (watcher.keys.size === 0) {
      watcher.waiting.clear();
      this.#watchers.delete(watcher.contact.id.key);
    }
  }
}
