import type { Clock, DirectoryKey, NodeId } from '@macula/core';
import type { KademliaRecord } from '@macula/wire';
import type { Contact } from './contact.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { placeInTree } from './notification-tree.ts';
import type { Notifier } from './notifier.ts';
import { Outbox } from './outbox.ts';
import type { SignedRecord } from './record.ts';

export interface WatchLeasesDeps {
  readonly clock: Clock;
  readonly neighbourhood: Pick<Neighbourhood, 'self' | 'accepts'>;
  readonly notifier: Notifier;
}

/** A node that wants to hear of changes under some keys. */
interface Watcher {
  contact: Contact;
  /** When the lease of each key ends. */
  readonly keys: Map<string, number>;
  /** What it is told by this node itself. */
  readonly outbox: Outbox;
  readonly place: number;
}

/** Those that watch one key. */
interface Audience {
  readonly watchers: Set<Watcher>;
  /** What they are told along a tree, when they are many. */
  readonly outbox: Outbox;
}

/** Whom this replica tells of changes. A watcher that does not answer loses its leases. */
export class WatchLeases {
  readonly #deps: WatchLeasesDeps;
  readonly #settings: KademliaSettings;
  readonly #watchers = new Map<string, Watcher>();
  readonly #audiences = new Map<string, Audience>();
  readonly #dirty = new Set<Watcher | Audience>();
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
    if (known) return given;
    this.#size++;
    const audience = this.#audiences.get(key.key);
    if (audience !== undefined) audience.watchers.add(holder);
    else this.#audiences.set(key.key, { watchers: new Set([holder]), outbox: new Outbox() });
    return given;
  }

  /** Tells the watchers of its key at the end of the turn. */
  changed(record: SignedRecord): void {
    const audience = this.#audiences.get(record.key.key);
    if (audience === undefined || this.#stopped) return;
    if (audience.watchers.size > this.#settings.notifyFanout) this.#put(audience, record);
    else {
      for (const watcher of audience.watchers) {
        if (!watcher.contact.id.equals(record.node)) this.#put(watcher, record);
      }
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
    for (const { outbox } of this.#watchers.values()) outbox.clear();
    for (const { outbox } of this.#audiences.values()) outbox.clear();
    this.#watchers.clear();
    this.#audiences.clear();
    this.#dirty.clear();
    this.#size = 0;
  }

  #admit(contact: Contact): Watcher {
    const place = placeInTree(this.#deps.neighbourhood.self, contact.id);
    const watcher = { contact, keys: new Map(), outbox: new Outbox(), place };
    this.#watchers.set(contact.id.key, watcher);
    return watcher;
  }

  #put(to: Watcher | Audience, record: SignedRecord): void {
    to.outbox.put(record);
    if (this.#dirty.size === 0) this.#deps.clock.defer(() => this.#tellAll());
    this.#dirty.add(to);
  }

  #tellAll(): void {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const to of dirty) {
      if ('watchers' in to) void to.outbox.flush((records) => this.#spread(to, records));
      else void this.#tell(to);
    }
  }

  async #tell(watcher: Watcher): Promise<void> {
    const { notifier } = this.#deps;
    try {
      await watcher.outbox.flush((records) => notifier.tell(watcher.contact, records));
    } catch {
      this.#drop(watcher.contact.id);
    }
  }

  /** Waits for those that do not answer no longer than a lookup would: the next change must reach the others. */
  #spread({ watchers }: Audience, records: readonly KademliaRecord[]): Promise<void> {
    const { notifier, clock } = this.#deps;
    const ordered = [...watchers].sort((a, b) => a.place - b.place);
    const contacts = ordered.map(({ contact }) => contact);
    return new Promise((resolve) => {
      const timer = clock.setTimer(resolve, this.#settings.stallMs, { background: true });
      void notifier.spread(contacts, records).then((failed) => {
        for (const { id } of failed) this.#drop(id);
        timer.cancel();
        resolve();
      });
    });
  }

  #drop(id: NodeId): void {
    const watcher = this.#watchers.get(id.key);
    if (watcher === undefined) return;
    for (const key of [...watcher.keys.keys()]) this.#end(watcher, key);
  }

  #end(watcher: Watcher, key: string): void {
    if (!watcher.keys.delete(key)) return;
    this.#size--;
    const audience = this.#audiences.get(key);
    audience?.watchers.delete(watcher);
    if (audience?.watchers.size === 0) this.#audiences.delete(key);
    if (watcher.keys.size === 0) {
      watcher.outbox.clear();
      this.#watchers.delete(watcher.contact.id.key);
    }
  }
}
