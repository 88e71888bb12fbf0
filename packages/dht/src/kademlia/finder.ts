import type { Clock, DirectoryKey, Id, Links } from '@macula/core';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { Reply } from './lookup-path.ts';
import { lookUp, type LookupOutcome, type LookupPlan } from './lookup.ts';
import { addressTexts, contactsOf } from './messages.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';
import { prospectsOf } from './prospects.ts';
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

export interface FindNodesOptions {
  /** So many in place of k. */
  readonly width?: number;
  /** Paths that share no node. Default 1. */
  readonly paths?: number;
}

export interface FindValueOptions {
  /** Paths that share no node. Default 1. */
  readonly paths?: number;
  /** This node is a replica of the key and has entries of it: one other that agrees is enough. Default false. */
  readonly held?: boolean;
}

/** Most pages of records that one node may answer with. */
const maxPages = 256;
/** Of so many of the nearest the quickest is asked for nodes: they are about as near, and all of them are asked in the end. */
const choicesForNodes = 5;

/** Finds nodes and values in the mesh. */
export class Finder {
  readonly #deps: FinderDeps;
  readonly #settings: KademliaSettings;
  /** By the bits that the target shared with this node's ID. */
  readonly #lastLookups: number[] = [];

  constructor(deps: FinderDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
  }

  /** The k nodes nearest to `target` that answer, without this one. */
  findNodes(
    target: Id,
    { width = this.#settings.k, paths = 1 }: FindNodesOptions = {},
  ): Promise<LookupOutcome> {
    const closest = this.#deps.neighbourhood.nearestMembers(target);
    if (closest !== undefined) return Promise.resolve({ closest, hops: 0, requests: 0 });
    const ask = (contact: Contact): Promise<Reply> => this.#askForNodes(contact, target);
    return this.#find(target, ask, {
      paths,
      width,
      enough: Infinity,
      choices: choicesForNodes,
    });
  }

  /** When this node last looked up an ID that shares exactly `length` leading bits with its own; -Infinity: never. */
  lastLookup(length: number): number {
    return this.#lastLookups[length] ?? -Infinity;
  }

  /**
   * Unites what replicas hold under `key` in `into`. Ends when `readReplicas` had something, or nobody nearer is left
   * to ask; with several paths each goes on for its share.
   */
  async findValue(
    key: DirectoryKey,
    into: RecordStore,
    { paths = 1, held = false }: FindValueOptions = {},
  ): Promise<LookupOutcome> {
    const { metrics } = this.#deps;
    const { k, readReplicas } = this.#settings;
    metrics.lookups.inc();
    const ask = (contact: Contact): Promise<Reply> => this.#askForValue(contact, key, into);
    const outcome = await this.#find(key, ask, {
      paths,
      width: k,
      enough: readReplicas,
      choices: k,
      held,
    });
    metrics.lookupRequests.observe(outcome.requests);
    if (outcome.hops > 0) metrics.lookupHops.observe(outcome.hops);
    return outcome;
  }

  #find(
    target: Id,
    ask: (contact: Contact) => Promise<Reply>,
    plan: Pick<LookupPlan, 'paths' | 'width' | 'enough' | 'choices' | 'held'>,
  ): Promise<LookupOutcome> {
    const { clock, links, neighbourhood, requests } = this.#deps;
    const { k, alpha, stallMs, perSubnetInBucket } = this.#settings;
    const { table, self, depth } = neighbourhood;
    this.#lastLookups[self.commonPrefixLength(target)] = clock.now();
    const seeds = neighbourhood.nearestMembers(target) ?? table.closest(target, k);
    const { hedge, ...prospects } = prospectsOf(target, seeds, links, { depth, k });
    return lookUp({ clock, ask, ...prospects }, target, seeds, {
      ...plan,
      alpha,
      stallMs,
      perSubnet: perSubnetInBucket,
      subnetOf: table.subnetOf,
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
  let known: typeof links.localAddresses | undefined;
  let texts: readonly string[] = [];
  return () => {
    const addresses = links.localAddresses;
    if (addresses !== known) [known, texts] = [addresses, addressTexts(addresses)];
    return texts;
  };
}
