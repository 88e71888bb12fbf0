import {
  type Address,
  backoffDelay,
  type Clock,
  type Links,
  type Random,
  type Timer,
  withDeadline,
} from '@macula/core';
import type { Finder } from './finder.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { ping } from './ping.ts';
import { randomIdSharing } from './xor-order.ts';

export interface JoiningDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly neighbourhood: Neighbourhood;
  readonly requests: PeerRequests;
  readonly finder: Finder;
  readonly ownAddresses: () => readonly string[];
}

/** Nodes that a lookup meets in a bucket which it is to fill; others come as they ask. */
const fillWidth = 10;
const retryBounds = { baseMs: 1_000, maxMs: 30_000 };

/** The way into the mesh: through seeds and linked peers to this node's neighbours, and from there to nodes farther away. */
export class Joining {
  readonly #deps: JoiningDeps;
  readonly #settings: KademliaSettings;
  readonly #bootstrap: readonly Address[];
  #retry: Timer | undefined;
  #attempt = 0;
  #stopped = false;

  constructor(deps: JoiningDeps, settings: KademliaSettings, bootstrap: readonly Address[]) {
    this.#deps = deps;
    this.#settings = settings;
    this.#bootstrap = bootstrap;
  }

  /**
   * Resolves when this node and its neighbours know each other, or nobody has answered: then it tries again for as long as it takes. Never
   * throws.
   */
  async join(): Promise<void> {
    const { links, neighbourhood, finder } = this.#deps;
    const linked = Array.from(links.all(), ({ peer }) => ({ id: peer, addresses: [] }));
    const unknown = linked.filter(({ id }) => neighbourhood.table.get(id) === undefined);
    await this.#firstOf([
      ...unknown.slice(0, 2 * this.#settings.k).map((contact) => ping(this.#deps, contact)),
      ...this.#bootstrap.map((address) => this.#meet(address)),
    ]);
    if (this.#stopped) return;
    if (neighbourhood.table.size === 0) {
      this.#tryAgain();
      return;
    }
    this.#attempt = 0;
    // Membership has told of the neighbours, and them of this node; and more of all others than a lookup would.
    if (neighbourhood.vouchedSurroundings) return;
    await finder.findNodes(neighbourhood.self);
    // Neighbours are enough to announce and to look up: the others make the ways shorter.
    void this.#fillBuckets();
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
  }

  #tryAgain(): void {
    if (this.#bootstrap.length === 0) return;
    const { clock, random } = this.#deps;
    const delay = 100 + backoffDelay(this.#attempt++, retryBounds, random);
    this.#retry = clock.setTimer(() => void this.join(), delay, { background: true });
  }

  /** Waits until somebody has answered, and then for the others as long as a lookup would: a fast liar must not be the only guide. */
  async #firstOf(arrivals: readonly Promise<boolean>[]): Promise<void> {
    const { clock, requests } = this.#deps;
    const all = Promise.all(arrivals);
    await Promise.race([all, ...arrivals.map(async (arrival) => (await arrival) || all)]);
    const patience = { timeout: this.#settings.stallMs, signal: requests.signal };
    await withDeadline(clock, all, { ...patience, what: 'meeting the other seeds' }).catch(
      () => undefined,
    );
  }

  /** Whether a node answers at the address. */
  async #meet(address: Address): Promise<boolean> {
    const { links, requests } = this.#deps;
    try {
      const { peer } = await links.dial(address, {
        timeout: this.#settings.requestTimeoutMs * 4,
        signal: requests.signal,
      });
      return await ping(this.#deps, { id: peer, addresses: [address] });
    } catch {
      // Another seed, or the next attempt, may do.
      return false;
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
}
