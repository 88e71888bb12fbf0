import {
  backoffDelay,
  type Clock,
  type DirectoryKey,
  LimitExceededError,
  type Random,
  type Timer,
  withDeadline,
} from '@macula/core';
import { maxValueBytes } from '../replicated-directory-options.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import { maxLifetimeMs, type RecordSigner, type SignedRecord, signRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';
import { type SpareId, SpareIds } from './spare-ids.ts';
import type { Storing } from './storing.ts';
import {
  type KademliaAnnouncement,
  OwnAnnouncement,
  type StoreReceipt,
} from './own-announcement.ts';

export interface PublisherDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: RecordSigner;
  /** What this node holds: its own records are there at once. */
  readonly store: RecordStore;
  readonly storing: Storing;
  readonly metrics: KademliaMetrics;
}

const keysAtATime = 8;
const retryBounds = { baseMs: 500, maxMs: 30_000 };

/** This node's announcements: signs them, stores them at their replicas until a quorum confirms, and renews them. */
export class Publisher {
  readonly #deps: PublisherDeps;
  readonly #settings: KademliaSettings;
  readonly #epoch: string;
  readonly #own = new Map<string, OwnAnnouncement>();
  readonly #spare: SpareIds;
  #announced = 0;
  #lastNumber = 0;
  #running = false;
  #stopped = false;
  #flushing: Promise<void> | undefined;
  #deferred = false;
  #attempt = 0;
  #retry: Timer | undefined;
  #renewal: Timer | undefined;

  constructor(deps: PublisherDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#spare = new SpareIds(settings.maxOwnEntries);
    // Another life of this node, and another process with its key, use other IDs.
    this.#epoch = `${Math.floor(deps.clock.wallTime()).toString(36)}-${deps.random.integer(36 ** 4).toString(36)}`;
    deps.store.onMerge((record) => this.#disown(record));
  }

  /** Entries that are announced. */
  get size(): number {
    return this.#announced;
  }

  start(): void {
    this.#running = true;
    this.#scheduleRenewal();
    this.#flushSoon();
  }

  /** Throws LimitExceededError. */
  announce(key: DirectoryKey, value: Uint8Array, sensitive = false): KademliaAnnouncement {
    checkValue(value);
    const { maxOwnEntries } = this.#settings;
    if (this.#announced >= maxOwnEntries) {
      throw new LimitExceededError(
        `this node has announced ${this.#announced} entries, and ${maxOwnEntries} are allowed: withdraw some or raise maxOwnEntries`,
      );
    }
    const { id, sequence } = this.#spare.take(key) ?? this.#freshId();
    const record = this.#sign(key, id, sequence + 1, Uint8Array.from(value));
    const own = new OwnAnnouncement(record, sensitive);
    this.#own.set(id, own);
    this.#announced++;
    this.#changed(own);
    return {
      update: (next) => this.#update(own, next),
      withdraw: () => this.#withdraw(own),
      confirmed: (options) => own.confirmed(this.#deps.clock, options),
    };
  }

  /** Withdraws everything and waits, at most `graceMs`, until the replicas know. */
  async leave(graceMs: number): Promise<void> {
    for (const own of [...this.#own.values()]) this.#withdraw(own);
    const { clock } = this.#deps;
    if (!this.#running) return;
    await withDeadline(clock, this.#flush(), { timeout: graceMs, what: 'the last store' }).catch(
      () => undefined,
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#renewal?.cancel();
    this.#own.clear();
    this.#spare.clear();
  }

  #freshId(): SpareId {
    return { id: `${this.#epoch}.${(++this.#lastNumber).toString(36)}`, sequence: 0 };
  }

  #update(own: OwnAnnouncement, value: Uint8Array): void {
    const { record } = own;
    if (record.withdrawn || Buffer.compare(record.value, value) === 0) return;
    checkValue(value);
    this.#replace(own, this.#sign(own.key, own.id, record.sequence + 1, Uint8Array.from(value)));
  }

  #withdraw(own: OwnAnnouncement): void {
    if (own.record.withdrawn || this.#stopped) return;
    this.#announced--;
    this.#replace(own, this.#sign(own.key, own.id, own.record.sequence + 1, undefined));
  }

  #replace(own: OwnAnnouncement, record: SignedRecord): void {
    own.replace(record);
    this.#changed(own);
  }

  #changed({ record }: OwnAnnouncement): void {
    this.#deps.store.merge(record, true);
    this.#flushSoon();
  }

  #sign(
    key: DirectoryKey,
    id: string,
    sequence: number,
    value: Uint8Array | undefined,
    atLeastUntil = 0,
  ): SignedRecord {
    const now = Math.floor(this.#deps.clock.wallTime());
    return signRecord(this.#deps.signer, {
      key,
      id,
      sequence,
      expiresAt: Math.max(now + Math.floor(this.#settings.lifetimeMs), atLeastUntil),
      withdrawn: value === undefined,
      value: value ?? new Uint8Array(0),
    });
  }

  /** Something in this node's name that it does not know is of an earlier life: nobody else could have signed it. */
  #disown(record: SignedRecord): void {
    const { signer, clock } = this.#deps;
    if (!record.node.equals(signer.nodeId) || record.withdrawn || this.#stopped) return;
    if (this.#own.has(record.id)) return;
    clock.defer(() => {
      if (this.#stopped || this.#own.has(record.id)) return;
      const { key, id, sequence } = record;
      const until = Math.min(record.expiresAt, clock.wallTime() + maxLifetimeMs / 2);
      const withdrawal = this.#sign(key, id, sequence + 1, undefined, Math.floor(until));
      const own = new OwnAnnouncement(withdrawal);
      this.#own.set(id, own);
      this.#changed(own);
    });
  }

  #flushSoon(): void {
    if (this.#deferred || !this.#running || this.#stopped) return;
    this.#deferred = true;
    this.#deps.clock.defer(() => {
      this.#deferred = false;
      if (!this.#stopped) void this.#flush();
    });
  }

  /** Stores what has changed. What changes meanwhile is stored right after. */
  #flush(): Promise<void> {
    return (this.#flushing ??= this.#storeDirty().finally(() => {
      this.#flushing = undefined;
    }));
  }

  async #storeDirty(): Promise<void> {
    this.#retry?.cancel();
    const failed = new Set<OwnAnnouncement>();
    for (;;) {
      const dirty = [...this.#own.values()].filter((own) => own.dirty && !failed.has(own));
      if (dirty.length === 0 || this.#stopped) break;
      const groups = this.#deps.storing.grouped(dirty, ({ key }) => key);
      const work = async (): Promise<void> => {
        for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
          if (!(await this.#storeGroup(group))) for (const own of group) failed.add(own);
        }
      };
      await Promise.all(Array.from({ length: keysAtATime }, work));
    }
    if (failed.size === 0) this.#attempt = 0;
    else this.#scheduleRetry();
  }

  /** Stores entries that have the same replicas. False when no quorum confirmed. */
  async #storeGroup(group: readonly OwnAnnouncement[]): Promise<boolean> {
    const { storing, metrics } = this.#deps;
    const [first] = group;
    if (first === undefined) return true;
    const records = group.map(({ record }) => record);
    for (const own of group) own.dirty = false;
    metrics.stores.inc(group.length);
    const paths = group.some(({ sensitive }) => sensitive) ? this.#settings.disjointPaths : 1;
    const stored = await storing.store(first.key, records, paths);
    const quorum = Math.floor(stored.responsible / 2) + 1;
    const confirmed = stored.confirmed >= quorum;
    if (!confirmed) metrics.storesUnconfirmed.inc(group.length);
    for (const [at, own] of group.entries()) {
      // What has changed meanwhile is dirty again and none of this receipt's business.
      if (own.record !== records[at]) continue;
      own.dirty = !confirmed;
      if (confirmed) this.#concluded(own, { ...stored, quorum });
    }
    return confirmed;
  }

  #concluded(own: OwnAnnouncement, receipt: StoreReceipt): void {
    own.conclude(receipt);
    if (!own.record.withdrawn) return;
    this.#own.delete(own.id);
    this.#spare.keep(own.record);
  }

  #scheduleRetry(): void {
    const { clock, random } = this.#deps;
    const delay = retryBounds.baseMs / 2 + backoffDelay(this.#attempt++, retryBounds, random);
    this.#retry?.cancel();
    this.#retry = clock.setTimer(() => this.#flushSoon(), delay, { background: true });
  }

  #scheduleRenewal(): void {
    const { clock, random } = this.#deps;
    const delay = this.#settings.republishMs * (0.8 + 0.4 * random.next());
    this.#renewal = clock.setTimer(
      () => {
        for (const own of this.#own.values()) this.#renew(own);
        this.#spare.sweep(this.#deps.clock.wallTime());
        this.#flushSoon();
        this.#scheduleRenewal();
      },
      delay,
      { background: true },
    );
  }

  #renew(own: OwnAnnouncement): void {
    const { withdrawn, sequence, value } = own.record;
    if (withdrawn) {
      if (own.record.expiresAt <= this.#deps.clock.wallTime()) this.#own.delete(own.id);
      return;
    }
    own.renew(this.#sign(own.key, own.id, sequence + 1, value));
    this.#deps.store.merge(own.record, true);
  }
}

function checkValue(value: Uint8Array): void {
  if (value.length <= maxValueBytes) return;
  throw new LimitExceededError(
    `a directory value of ${value.length} bytes is too long: ${maxValueBytes} are allowed`,
  );
}
