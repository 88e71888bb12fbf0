import type { Clock, DirectoryKey, Id, Links } from '@macula/core';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Reply } from './lookup-path.ts';
import { lookUp, type LookupOutcome } from './lookup.ts';
import { addressTexts, contactsOf } from './messages.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { mergeAll } from './record-pages.ts';
import type { RecordStore } from './record-store.ts';

export interface FinderDeps {
  readonly clock: Clock;
  readonly links: Links;
  readonly neighbourhood: Neighbourhood;
  readonly requests: PeerRequests;
  readonly metrics: KademliaMetrics;
  readonly ownAddresses: () => readonly string[];
}

export interface FindOptions {
  /** Paths that share no node. Default 1. */
  readonly paths?: number;
}

/** Most pages of records that one node may answer with. */
const maxPages = 256;
/** Of so many of the nearest the quickest is asked: they are about as near, and an open link saves a round trip. */
const choices = 5;
/** More replicas than needed that are asked once one has answered. */
const hedge = 2;
/** What opening a link is likely to cost, in milliseconds. */
const unlinkedMs = 1_000;

/** Finds nodes and values in the mesh. */
export class Finder {
  readonly #deps: FinderDeps;
  readonly #settings: KademliaSettings;

  constructor(deps: FinderDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
  }

  /** The k nodes nearest to `target` that answer, without this one. */
  findNodes(target: Id, { paths = 1 }: FindOptions = {}): Promise<LookupOutcome> {
    const { neighbourhood } = this.#deps;
    if (neighbourhood.complete) {
      const closest = neighbourhood.table.closest(target, this.#settings.k);
      return Promise.resolve({ closest, hops: 0, requests: 0 });
    }
    return this.#find(target, paths, Infinity, (contact) => this.#askForNodes(contact, target));
  }

  /**
   * Unites what replicas hold under `key` in `into`. Ends when `readReplicas` had something, or nobody nearer is left
   * to ask; with several paths each goes on for its share.
   */
  async findValue(
    key: DirectoryKey,
    into: RecordStore,
    { paths = 1 }: FindOptions = {},
  ): Promise<LookupOutcome> {
    const { metrics } = this.#deps;
    metrics.lookups.inc();
    const outcome = await this.#find(key, paths, this.#settings.readReplicas, (contact) =>
      this.#askForValue(contact, key, into),
    );
    metrics.lookupRequests.observe(outcome.requests);
    if (outcome.hops > 0) metrics.lookupHops.observe(outcome.hops);
    return outcome;
  }

  #find(
    target: Id,
    paths: number,
    enough: number,
    ask: (contact: Contact) => Promise<Reply>,
  ): Promise<LookupOutcome> {
    const { clock, links, neighbourhood, requests } = this.#deps;
    const { k, alpha, stallMs, perSubnetInBucket } = this.#settings;
    const seeds = neighbourhood.table.closest(target, k);
    const cost = ({ id }: Contact): number => links.get(id)?.rtt ?? unlinkedMs;
    return lookUp({ clock, ask, cost }, target, seeds, {
      width: k,
      alpha,
      stallMs,
      enough,
      paths,
      perSubnet: perSubnetInBucket,
      subnetOf: neighbourhood.table.subnetOf,
      choices,
      hedge,
      signal: requests.signal,
    });
  }

  async #askForNodes(contact: Contact, target: Id): Promise<Reply> {
    const { requests, ownAddresses, neighbourhood } = this.#deps;
    const { contacts } = await requests.ask(neighbourhood.known(contact), exchanges.findNode, {
      addresses: [...ownAddresses()],
      target: target.bytes,
    });
    return { contacts: this.#others(contactsOf(contacts, this.#settings.k)), found: false };
  }

  /** Unites what one node holds under `key` in `into`. Throws when it does not answer. */
  async readFrom(contact: Contact, key: DirectoryKey, into: RecordStore): Promise<void> {
    await this.#askForValue(contact, key, into);
  }

  async #askForValue(given: Contact, key: DirectoryKey, into: RecordStore): Promise<Reply> {
    const { requests, ownAddresses, neighbourhood, metrics } = this.#deps;
    const contact = neighbourhood.known(given);
    const addresses = [...ownAddresses()];
    let contacts: Contact[] = [];
    let found = false;
    const before = into.digest(key);
    let offset = 0;
    for (let page = 0; page < maxPages; page++) {
      const answer = await requests.ask(contact, exchanges.findValue, {
        addresses,
        key: key.bytes,
        offset,
      });
      if (page === 0) contacts = contactsOf(answer.contacts, this.#settings.k);
      const { taken } = mergeAll(into, answer.records, metrics, (one) => one.key.equals(key));
      found ||= taken.length > 0;
      if (answer.next <= offset) break;
      offset = answer.next;
    }
    return { contacts: this.#others(contacts), found, confirms: into.digest(key) === before };
  }

  #others(contacts: readonly Contact[]): Contact[] {
    return contacts.filter(({ id }) => !id.equals(this.#deps.neighbourhood.self));
  }
}

/** This node's addresses as it tells them. */
export function ownAddressesOf(links: {
  readonly localAddresses: Parameters<typeof addressTexts>[0];
}): () => readonly string[] {
  return () => addressTexts(links.localAddresses);
}
