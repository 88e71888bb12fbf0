import {
  type Address,
  backoffDelay,
  type Clock,
  type Links,
  type Membership,
  type MembershipChange,
  type Random,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { Finder } from './finder.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { addressesOf } from './messages.ts';
import { randomIdSharing } from './xor-order.ts';

export interface TableUpkeepDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly membership?: Membership | undefined;
  readonly neighbourhood: Neighbourhood;
  readonly requests: PeerRequests;
  readonly finder: Finder;
  readonly ownAddresses: () => readonly string[];
}

/** A contact whose place is wanted is not pinged more often than this, in milliseconds. */
const probeIntervalMs = 60_000;
/** Between attempts to find lost contacts again, in milliseconds, and how many are tried each time. */
const searchMs = 15_000;
const searchedAtATime = 4;
/** Nodes that a lookup meets in a bucket which it is to fill; others come as they ask. */
const fillWidth = 10;
const rejoinBounds = { baseMs: 1_000, maxMs: 30_000 };

/** Keeps the routing table true: joins, refreshes buckets, pings the long unseen, looks for the lost. */
export class TableUpkeep {
  readonly #deps: TableUpkeepDeps;
  readonly #settings: KademliaSettings;
  readonly #bootstrap: readonly Address[];
  readonly #probedAt = new Map<string, number>();
  readonly #subscriptions: Unsubscribe[] = [];
  readonly #timers = new Map<string, Timer>();
  #refreshed = 0;
  #rejoins = 0;
  #stopped = false;

  constructor(deps: TableUpkeepDeps, settings: KademliaSettings, bootstrap: readonly Address[]) {
    this.#deps = deps;
    this.#settings = settings;
    this.#bootstrap = bootstrap;
  }

  /** Listens to what tells of nodes. */
  start(): void {
    const { links, membership, neighbourhood } = this.#deps;
    this.#subscriptions.push(neighbourhood.onProbe((contact) => this.#probe(contact)));
    this.#subscriptions.push(
      links.onLink((link) => {
        // A mesh that is small wants to know everybody; in a large one lookups meet enough nodes.
        if (neighbourhood.small && neighbourhood.table.get(link.peer) === undefined) {
          void this.ping({ id: link.peer, addresses: [] });
        }
      }),
    );
    if (membership !== undefined) {
      this.#subscriptions.push(membership.onChange((change) => this.#memberChanged(change)));
      for (const { id, addresses } of membership.members()) neighbourhood.seen({ id, addresses });
    }
    this.#every('refresh', this.#settings.refreshMs / 8, () => void this.#refresh());
    this.#every('search', searchMs, () => this.#search());
  }

  /** Finds the way into the mesh, and this node's place in it; never throws. */
  async join(): Promise<void> {
    const { links, neighbourhood, finder } = this.#deps;
    const linked = Array.from(links.all(), ({ peer }) => ({ id: peer, addresses: [] }));
    const unknown = linked.filter(({ id }) => neighbourhood.table.get(id) === undefined);
    const arrivals = [
      ...unknown.slice(0, 2 * this.#settings.k).map((contact) => this.ping(contact)),
      ...this.#bootstrap.map((address) => this.#meet(address)),
    ];
    await Promise.all(arrivals);
    if (this.#stopped) return;
    if (neighbourhood.table.size > 0) {
      this.#rejoins = 0;
      // Membership has told of the neighbours, and them of this node; and more of all others than a lookup would.
      if (neighbourhood.vouchedSurroundings) return;
      await finder.findNodes(neighbourhood.self);
      await this.#fillBuckets();
    } else if (this.#bootstrap.length > 0) {
      const delay = 100 + backoffDelay(this.#rejoins++, rejoinBounds, this.#deps.random);
      this.#after('rejoin', delay, () => void this.join());
    }
  }

  /** Whether the node answers. */
  async ping(contact: Contact): Promise<boolean> {
    const { requests, neighbourhood, ownAddresses } = this.#deps;
    try {
      const question = { addresses: [...ownAddresses()] };
      const { addresses } = await requests.ask(contact, exchanges.ping, question);
      neighbourhood.seen({ id: contact.id, addresses: addressesOf(addresses) });
      return true;
    } catch {
      return false;
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  async #meet(address: Address): Promise<void> {
    const { links, requests } = this.#deps;
    try {
      const { peer } = await links.dial(address, {
        timeout: this.#settings.requestTimeoutMs * 4,
        signal: requests.signal,
      });
      await this.ping({ id: peer, addresses: [address] });
    } catch {
      // Another seed, or the next attempt, may do.
    }
  }

  /**
   * Looks up a random ID in every bucket farther away than the neighbours (Maymounkov and Mazières 2002, §2.3). Whoever
   * is nearer than the farthest of the k neighbours is known from the lookup of this node's own ID.
   */
  async #fillBuckets(): Promise<void> {
    const { neighbourhood, finder, random } = this.#deps;
    const { table, self } = neighbourhood;
    if (neighbourhood.small) return;
    const { depth } = neighbourhood;
    for (let at = 0; at < depth && !this.#stopped; at++) {
      if (!table.isFull(at)) {
        await finder.findNodes(randomIdSharing(self, at, random), { width: fillWidth });
      }
    }
  }

  /** Refreshes one bucket after the other, this node's own surroundings last. */
  async #refresh(): Promise<void> {
    const { neighbourhood, finder, random } = this.#deps;
    const { table, self } = neighbourhood;
    if (table.size === 0) return;
    const buckets = neighbourhood.depth;
    // All buckets have their turn within one refresh period.
    const turns = Math.ceil((buckets + 1) / 8);
    for (let i = 0; i < turns && !this.#stopped; i++) {
      const at = this.#refreshed++ % (buckets + 1);
      if (this.#isFresh(at, buckets)) continue;
      await finder.findNodes(at === buckets ? self : randomIdSharing(self, at, random));
    }
  }

  /** Whether membership has filled the bucket, or a lookup has lately met who is there now. */
  #isFresh(at: number, buckets: number): boolean {
    const { neighbourhood, finder, clock } = this.#deps;
    if (neighbourhood.vouchedSurroundings && (at === buckets || neighbourhood.table.isFull(at))) {
      return true;
    }
    return at < buckets && clock.now() - finder.lastLookup(at) < this.#settings.refreshMs / 2;
  }

  #probe(contact: Contact): void {
    const now = this.#deps.clock.now();
    const before = this.#probedAt.get(contact.id.key);
    if (before !== undefined && now - before < probeIntervalMs) return;
    if (this.#probedAt.size > 1_024) this.#probedAt.clear();
    this.#probedAt.set(contact.id.key, now);
    void this.ping(contact);
  }

  /** Tries some of the lost, the longest lost last. */
  #search(): void {
    const { neighbourhood, random } = this.#deps;
    const lost = [...neighbourhood.lost];
    for (let i = 0; i < searchedAtATime && lost.length > 0; i++) {
      const [contact] = lost.splice(random.integer(lost.length), 1);
      if (contact !== undefined) void this.ping(contact);
    }
  }

  #memberChanged({ type, member }: MembershipChange): void {
    const { neighbourhood } = this.#deps;
    const { id, addresses } = member;
    if (type === 'joined' || type === 'recovered') neighbourhood.seen({ id, addresses });
    else if (type === 'failed') neighbourhood.gone(id);
    else if (type === 'left') neighbourhood.left(id);
  }

  #every(name: string, ms: number, work: () => void): void {
    this.#after(name, ms * (0.8 + 0.4 * this.#deps.random.next()), () => {
      work();
      this.#every(name, ms, work);
    });
  }

  #after(name: string, ms: number, work: () => void): void {
    if (this.#stopped) return;
    this.#timers.get(name)?.cancel();
    this.#timers.set(name, this.#deps.clock.setTimer(work, ms, { background: true }));
  }
}
