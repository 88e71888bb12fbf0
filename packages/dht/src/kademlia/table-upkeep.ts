import {
  type Clock,
  type Links,
  type Membership,
  type MembershipChange,
  type Random,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import type { Contact } from './contact.ts';
import type { Finder } from './finder.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { ping } from './ping.ts';
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

/** Keeps the routing table true: refreshes buckets, pings the long unseen, looks for the lost. */
export class TableUpkeep {
  readonly #deps: TableUpkeepDeps;
  readonly #settings: KademliaSettings;
  readonly #probedAt = new Map<string, number>();
  readonly #subscriptions: Unsubscribe[] = [];
  readonly #timers = new Set<Timer>();
  #refreshed = 0;
  #stopped = false;

  constructor(deps: TableUpkeepDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
  }

  /** Listens to what tells of nodes. */
  start(): void {
    const { links, membership, neighbourhood } = this.#deps;
    this.#subscriptions.push(neighbourhood.onProbe((contact) => this.#probe(contact)));
    this.#subscriptions.push(
      links.onLink((link) => {
        // A mesh that is small wants to know everybody; in a large one lookups meet enough nodes.
        if (neighbourhood.small && neighbourhood.table.get(link.peer) === undefined) {
          void ping(this.#deps, { id: link.peer, addresses: [] });
        }
      }),
    );
    if (membership !== undefined) {
      this.#subscriptions.push(membership.onChange((change) => this.#memberChanged(change)));
      for (const { id, addresses } of membership.members()) neighbourhood.seen({ id, addresses });
    }
    this.#every(this.#settings.refreshMs / 8, () => void this.#refresh());
    this.#every(searchMs, () => this.#search());
  }

  stop(): void {
    this.#stopped = true;
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
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
    void ping(this.#deps, contact);
  }

  /** Tries some of the lost. */
  #search(): void {
    const { neighbourhood, random } = this.#deps;
    const lost = [...neighbourhood.lost];
    for (let i = 0; i < searchedAtATime && lost.length > 0; i++) {
      const [contact] = lost.splice(random.integer(lost.length), 1);
      if (contact !== undefined) void ping(this.#deps, contact);
    }
  }

  #memberChanged({ type, member }: MembershipChange): void {
    const { neighbourhood } = this.#deps;
    const { id, addresses } = member;
    if (type === 'joined' || type === 'recovered') neighbourhood.seen({ id, addresses });
    else if (type === 'failed') neighbourhood.gone(id);
    else if (type === 'left') neighbourhood.left(id);
  }

  /** Does `work` for ever, after about so many milliseconds each time. */
  #every(ms: number, work: () => void): void {
    if (this.#stopped) return;
    const { clock, random } = this.#deps;
    const again = (): void => {
      this.#timers.delete(timer);
      work();
      this.#every(ms, work);
    };
    const timer = clock.setTimer(again, ms * (0.8 + 0.4 * random.next()), { background: true });
    this.#timers.add(timer);
  }
}
