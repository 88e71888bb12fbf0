import type { Clock, DirectoryKey } from '@macula/core';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { Finder } from './finder.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import type { SignedRecord } from './record.ts';
import { pageOf } from './record-pages.ts';

/** How many of the nodes responsible for a key hold some records. */
export interface Stored {
  readonly confirmed: number;
  readonly responsible: number;
}

export interface StoringDeps {
  readonly clock: Clock;
  readonly neighbourhood: Neighbourhood;
  readonly finder: Finder;
  readonly requests: PeerRequests;
  readonly ownAddresses: () => readonly string[];
}

interface Targets {
  readonly peers: readonly Contact[];
  readonly self: boolean;
}

/** How long the replicas of a key that has been stored under are remembered, in milliseconds, and of how many keys. */
const rememberedMs = 60_000;
const rememberedKeys = 1_024;

/** Stores records at the replicas of their keys. */
export class Storing {
  readonly #deps: StoringDeps;
  readonly #settings: KademliaSettings;
  readonly #remembered = new Map<string, { readonly targets: Targets; readonly until: number }>();

  constructor(deps: StoringDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
    const forgetAll = (): void => this.#remembered.clear();
    deps.neighbourhood.onAdded(forgetAll);
    deps.neighbourhood.onGone(forgetAll);
  }

  /** Puts together what has the same replicas: in a small mesh everything, else what has the same key. */
  grouped<T>(items: readonly T[], keyOf: (item: T) => DirectoryKey): T[][] {
    if (this.#deps.neighbourhood.small) return [[...items]];
    const groups = new Map<string, T[]>();
    for (const item of items) {
      const { key } = keyOf(item);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
    return [...groups.values()];
  }

  /** Stores `records` at the replicas of `key`, looked for over so many `paths`, and counts those that confirm. Never throws. */
  async store(key: DirectoryKey, records: readonly SignedRecord[], paths: number): Promise<Stored> {
    const { peers, self } = await this.#targetsOf(key, paths);
    const answers = await Promise.all(peers.map((peer) => this.#storeAt(peer, records)));
    const own = self ? 1 : 0;
    const confirmed = answers.filter((taken) => taken).length + own;
    if (confirmed < peers.length + own) this.#remembered.delete(key.key);
    return { confirmed, responsible: peers.length + own };
  }

  async #storeAt(peer: Contact, records: readonly SignedRecord[]): Promise<boolean> {
    const { requests, ownAddresses } = this.#deps;
    let refused = 0;
    try {
      for (let offset = 0; offset < records.length;) {
        const { page, next } = pageOf(records, offset);
        const question = { addresses: [...ownAddresses()], records: page };
        const answer = await requests.ask(peer, exchanges.store, question);
        refused += answer.refused;
        offset = next === 0 ? records.length : next;
      }
    } catch {
      return false;
    }
    return refused === 0;
  }

  async #targetsOf(key: DirectoryKey, paths: number): Promise<Targets> {
    const { neighbourhood, finder, clock } = this.#deps;
    if (neighbourhood.small) return neighbourhood.replicasOf(key);
    // What one path has found may be what liars wanted it to find.
    const known = paths === 1 ? this.#remembered.get(key.key) : undefined;
    if (known !== undefined && known.until > clock.now()) return known.targets;
    const { closest } = await finder.findNodes(key, { paths });
    const last = closest[this.#settings.k - 1];
    const self = last === undefined || key.compareDistance(neighbourhood.self, last.id) < 0;
    const peers = self ? closest.slice(0, this.#settings.k - 1) : closest;
    const targets = { peers, self };
    if (this.#remembered.size >= rememberedKeys) this.#remembered.clear();
    this.#remembered.set(key.key, { targets, until: clock.now() + rememberedMs });
    return targets;
  }
}
