import { type Clock, DirectoryKey, type NodeId, type Random, type Timer } from '@macula/core';
import type { KademliaCompare, KademliaDifference } from '@macula/wire';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { Finder } from './finder.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import { keyOf, pageBytes } from './messages.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import type { SignedRecord } from './record.ts';
import { mergeAll, pageOf } from './record-pages.ts';
import type { RecordStore } from './record-store.ts';

export interface ReplicaUpkeepDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly neighbourhood: Neighbourhood;
  readonly requests: PeerRequests;
  readonly finder: Finder;
  readonly store: RecordStore;
  readonly metrics: KademliaMetrics;
  readonly ownAddresses: () => readonly string[];
}

/** Keys compared with one message. */
const keysPerMessage = 512;
/** Comparisons under way at a time: a node that does not answer holds up only one. */
const comparisonsAtATime = 3;
/** Messages that one comparison may take. */
const maxMessages = 1_024;

/**
 * Keeps replicas of the same keys alike: compares with every node that becomes a neighbour, which hands
 * over to newcomers what they are responsible for now, and with one neighbour after the other for ever.
 */
export class ReplicaUpkeep {
  readonly #deps: ReplicaUpkeepDeps;
  readonly #settings: KademliaSettings;
  readonly #onSynced: () => void;
  readonly #queue = new Map<string, Contact>();
  #workers = 0;
  /** Those of them that wait for a node which has not answered its first try. */
  #stalled = 0;
  #synced = false;
  #waking = false;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(deps: ReplicaUpkeepDeps, settings: KademliaSettings, onSynced: () => void) {
    this.#deps = deps;
    this.#settings = settings;
    this.#onSynced = onSynced;
  }

  /** Whether this node has compared itself with the neighbours that it knew since it joined. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Whether no comparison waits or is under way, except with nodes that may be gone. */
  get idle(): boolean {
    return this.#timer !== undefined && this.#workers === this.#stalled && this.#queue.size === 0;
  }

  /** The neighbours are known now: once this node has compared itself with them, it is in sync. */
  joined(): void {
    if (this.#stopped) return;
    if (this.#timer === undefined) this.#schedule();
    const { table, self } = this.#deps.neighbourhood;
    for (const contact of table.closest(self, this.#settings.k)) {
      this.#queue.set(contact.id.key, contact);
    }
    void this.#work();
  }

  /** After a time in a large mesh this node holds a part of the keys only. */
  invalidate(): void {
    this.#synced = false;
  }

  /** Compares with a node soon, if it is a neighbour then; before this node has joined it cannot tell. */
  enqueue(contact: Contact): void {
    if (this.#stopped || this.#timer === undefined || !this.#isNeighbour(contact)) return;
    this.#queue.set(contact.id.key, contact);
    if (this.#waking) return;
    this.#waking = true;
    // Many may come at once, and push one another out of the neighbourhood.
    this.#deps.clock.defer(() => {
      this.#waking = false;
      void this.#work();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#queue.clear();
  }

  /** Answers a peer's comparison. */
  answer(question: KademliaCompare, peer: NodeId): KademliaDifference {
    const { store, neighbourhood } = this.#deps;
    const theirs = new Map(
      question.digests.slice(0, keysPerMessage).map(({ key, digest }) => [keyOf(key).key, digest]),
    );
    const after = question.after.length === 0 ? '' : keyOf(question.after).key;
    const until = question.until.length === 0 ? undefined : keyOf(question.until).key;
    const inRange = this.#sharedKeys(peer).filter(
      ({ key }) => key > after && (until === undefined || key <= until),
    );
    const records: SignedRecord[] = [];
    const wanted: Uint8Array[] = [];
    const oversized: Uint8Array[] = [];
    let bytes = 0;
    let reached: DirectoryKey | undefined;
    for (const key of inRange) {
      const digest = theirs.get(key.key);
      theirs.delete(key.key);
      if (digest === store.digest(key)) continue;
      const own = store.records(key);
      const size = own.reduce((sum, { size }) => sum + size, 0);
      if (size > pageBytes) oversized.push(key.bytes);
      else if (bytes + size > pageBytes) {
        // Not this one any more: the peer goes on after the one before.
        reached = previous(key);
        break;
      } else {
        bytes += size;
        records.push(...own);
      }
      if (digest !== undefined) wanted.push(key.bytes);
    }
    for (const key of theirs.keys()) {
      const lacking = DirectoryKey.parse(key);
      if (reached !== undefined && key > reached.key) continue;
      if (neighbourhood.accepts(lacking) && store.digest(lacking) === 0n)
        wanted.push(lacking.bytes);
    }
    const isWhole = question.after.length + question.until.length === 0 && reached === undefined;
    // The peer has nothing that this node lacks: with its question both have compared themselves.
    if (isWhole && wanted.length + oversized.length === 0) this.#queue.delete(peer.key);
    return {
      records: records.map(({ encoded }) => encoded),
      wanted,
      oversized,
      reached: reached?.bytes ?? question.until,
    };
  }

  async #work(): Promise<void> {
    if (this.#workers >= comparisonsAtATime) return;
    this.#workers++;
    while (!this.#stopped) {
      const [contact] = this.#queue.values();
      if (contact === undefined) break;
      this.#queue.delete(contact.id.key);
      if (!this.#isNeighbour(contact)) continue;
      let stalled = 0;
      const patience = this.#deps.clock.setTimer(
        () => (this.#stalled += stalled = 1),
        this.#settings.requestTimeoutMs,
        { background: true },
      );
      try {
        await this.#compareWith(contact);
      } catch {
        // It is counted; the next round finds somebody else.
      }
      patience.cancel();
      this.#stalled -= stalled;
    }
    this.#workers--;
    if (this.#workers > 0 || this.#synced || this.#stopped) return;
    this.#synced = true;
    this.#onSynced();
  }

  #isNeighbour({ id }: Contact): boolean {
    const { neighbourhood } = this.#deps;
    return neighbourhood.shares(neighbourhood.self, id);
  }

  async #compareWith(contact: Contact): Promise<void> {
    const { requests, store, metrics, ownAddresses, finder, neighbourhood } = this.#deps;
    let after: Uint8Array = new Uint8Array(0);
    for (let message = 0; message < maxMessages; message++) {
      const from = Buffer.from(after).toString('hex');
      const keys = this.#sharedKeys(contact.id).filter(({ key }) => key > from);
      const part = keys.slice(0, keysPerMessage);
      const until = keys.length > part.length ? (part.at(-1)?.bytes ?? after) : new Uint8Array(0);
      const answer: KademliaDifference = await requests.ask(contact, exchanges.compare, {
        addresses: [...ownAddresses()],
        after,
        until,
        digests: part.map((key) => ({ key: key.bytes, digest: store.digest(key) })),
      });
      mergeAll(store, answer.records, metrics, ({ key }) => neighbourhood.accepts(key));
      for (const key of answer.oversized) await finder.readFrom(contact, keyOf(key), store);
      await this.#push(contact, answer.wanted.map(keyOf));
      if (answer.reached.length === 0) return;
      const reached = keyOf(answer.reached);
      if (reached.key <= from) return;
      after = reached.bytes;
    }
  }

  async #push(contact: Contact, keys: readonly DirectoryKey[]): Promise<void> {
    const { store, requests, ownAddresses } = this.#deps;
    const records = keys.flatMap((key) => store.records(key));
    for (let offset = 0; offset < records.length;) {
      const { page, next } = pageOf(records, offset);
      const addresses = [...ownAddresses()];
      await requests.ask(contact, exchanges.store, { addresses, records: page });
      offset = next === 0 ? records.length : next;
    }
  }

  /** Keys that this node holds and the peer should hold as well, in ascending order. */
  #sharedKeys(peer: NodeId): DirectoryKey[] {
    const { store, neighbourhood } = this.#deps;
    return [...store.keys()]
      .filter((key) => neighbourhood.shares(key, peer))
      .sort((a, b) => a.compare(b));
  }

  #schedule(): void {
    const { clock, random, neighbourhood } = this.#deps;
    const delay = this.#settings.antiEntropyMs * (0.8 + 0.4 * random.next());
    this.#timer = clock.setTimer(
      () => {
        const neighbours = neighbourhood.table.closest(neighbourhood.self, this.#settings.k);
        const chosen = neighbours[random.integer(Math.max(1, neighbours.length))];
        if (chosen !== undefined) this.enqueue(chosen);
        this.#schedule();
      },
      delay,
      { background: true },
    );
  }
}

/** The greatest key below `key`. */
function previous(key: DirectoryKey): DirectoryKey {
  const number = BigInt(`0x${key.key}`) - 1n;
  return DirectoryKey.parse(number.toString(16).padStart(64, '0'));
}
