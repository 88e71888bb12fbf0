import { Id, type NodeId } from '@macula/core';
import type { Contact } from './contact.ts';
import { type Arrival, KBucket } from './k-bucket.ts';
import { subnetOfContact, type SubnetRule } from './subnet.ts';
import { SubnetTally } from './subnet-tally.ts';
import { nearestOf } from './xor-order.ts';

export interface RoutingTableOptions {
  /** Contacts per bucket. */
  readonly k: number;
  /** Most contacts of one public /24 or /48 in one bucket, and in the whole table. */
  readonly perSubnetInBucket: number;
  readonly perSubnetInTable: number;
}

/** What became of a contact that was seen; `refused`: too many of its subnet; `probe`: the one to ping, whose place it could take. */
export interface Seen {
  readonly admission: Arrival | 'refused';
  readonly probe?: Contact;
}

/** Refused contacts that are remembered, to know that the mesh is larger than the table tells. */
const rememberedRefusals = 64;

/**
 * Who this node knows: bucket i holds contacts that share exactly i leading bits with it (Maymounkov and
 * Mazières 2002, §2.2, with one bucket for each length of the shared prefix).
 */
export class RoutingTable {
  readonly #self: NodeId;
  readonly #options: RoutingTableOptions;
  readonly #buckets: (KBucket | undefined)[] = [];
  readonly #subnets: SubnetTally;
  readonly #refused = new Set<string>();
  readonly #subnetOf: SubnetRule;
  #size = 0;

  /** `subnetOf`: by default all contacts at public addresses count. */
  constructor(self: NodeId, options: RoutingTableOptions, subnetOf: SubnetRule = subnetOfContact) {
    this.#self = self;
    this.#options = options;
    this.#subnets = new SubnetTally(options.perSubnetInTable);
    this.#subnetOf = subnetOf;
  }

  get size(): number {
    return this.#size;
  }

  /** Nodes that were turned away because of their subnet. */
  get refused(): number {
    return this.#refused.size;
  }

  /** What a lookup counts a contact by; nothing where there are no limits. */
  readonly subnetOf: SubnetRule = (contact) =>
    this.#limited ? this.#subnetOf(contact) : undefined;

  get bucketCount(): number {
    return this.#buckets.reduce((sum, bucket) => sum + ((bucket?.size ?? 0) > 0 ? 1 : 0), 0);
  }

  /** Whether the bucket of nodes that share `length` leading bits takes no more. */
  isFull(length: number): boolean {
    return this.#buckets[length]?.full === true;
  }

  get(id: NodeId): Contact | undefined {
    return this.#buckets[this.#self.commonPrefixLength(id)]?.get(id);
  }

  *[Symbol.iterator](): Iterator<Contact> {
    for (const bucket of this.#buckets) if (bucket !== undefined) yield* [...bucket.contacts];
  }

  /** The contact has just proven that it lives. This node itself is never a contact. */
  seen(contact: Contact): Seen {
    const { id } = contact;
    if (id.equals(this.#self)) return { admission: 'refused' };
    const bucket = this.#bucketOf(id);
    const before = bucket.get(id);
    // The same object as long as nothing about it changes: it came with the membership, which keeps it too.
    const known = before !== undefined && tellsNothingNew(contact, before) ? before : contact;
    if (before !== undefined) this.#forget(before);
    if (!this.#mayEnter(known, bucket)) {
      bucket.remove(id);
      return this.#refuse(id);
    }
    this.#refused.delete(id.key);
    const admission = bucket.seen(known);
    if (admission !== 'waiting') {
      this.#count(known);
      return { admission };
    }
    const probe = bucket.leastRecentlySeen;
    return probe === undefined ? { admission } : { admission, probe };
  }

  /** Forgets a contact. Gives the one that took its place. */
  remove(id: NodeId): Contact | undefined {
    this.#refused.delete(id.key);
    const bucket = this.#buckets[this.#self.commonPrefixLength(id)];
    const removed = bucket?.remove(id);
    if (bucket === undefined || removed === undefined) return undefined;
    this.#forget(removed);
    const successor = bucket.admit((contact) => this.#mayEnter(contact, bucket));
    if (successor !== undefined) this.#count(successor);
    return successor;
  }

  /** The `count` contacts nearest to `target`, nearest first. */
  closest(target: Id, count: number): Contact[] {
    const shared = this.#self.commonPrefixLength(target);
    const nearest: Contact[] = [];
    const take = (contacts: Iterable<Contact>): boolean =>
      nearest.push(...nearestOf(contacts, target, count - nearest.length)) >= count;
    // Nearest to the target are those in its own bucket, then those that share more with this node than it does, then
    // bucket by bucket those that share less.
    if (take(this.#contactsIn(shared, shared + 1))) return nearest;
    if (take(this.#contactsIn(shared + 1, this.#buckets.length))) return nearest;
    for (let at = Math.min(shared, this.#buckets.length) - 1; at >= 0; at--) {
      if (take(this.#contactsIn(at, at + 1))) break;
    }
    return nearest;
  }

  *#contactsIn(from: number, to: number): Iterable<Contact> {
    for (let at = from; at < to; at++) yield* this.#buckets[at]?.contacts ?? [];
  }

  /** In a mesh of up to k nodes everybody is a replica of everything, wherever they come from: limits begin beyond that. */
  get #limited(): boolean {
    return this.#size >= this.#options.k;
  }

  #mayEnter(contact: Contact, bucket: KBucket): boolean {
    if (!this.#limited) return true;
    const subnet = this.#subnetOf(contact);
    if (subnet === undefined) return true;
    if (!this.#subnets.allows(subnet)) return false;
    const { perSubnetInBucket } = this.#options;
    // Nearly always the whole table has fewer of it than one bucket may have.
    if (this.#subnets.count(subnet) < perSubnetInBucket) return true;
    const others = bucket.contacts.filter(
      (one) => this.#subnetOf(one) === subnet && !one.id.equals(contact.id),
    );
    return others.length < perSubnetInBucket;
  }

  #count(contact: Contact): void {
    this.#subnets.add(this.#subnetOf(contact));
    this.#size++;
  }

  #forget(contact: Contact): void {
    this.#subnets.remove(this.#subnetOf(contact));
    this.#size--;
  }

  #bucketOf(id: NodeId): KBucket {
    const at = this.#self.commonPrefixLength(id);
    while (this.#buckets.length <= at) this.#buckets.push(undefined);
    return (this.#buckets[at] ??= new KBucket(this.#options.k));
  }

  #refuse(id: NodeId): Seen {
    if (this.#refused.size < rememberedRefusals) this.#refused.add(id.key);
    return { admission: 'refused' };
  }
}

function tellsNothingNew({ addresses }: Contact, { addresses: known }: Contact): boolean {
  if (addresses.length === 0) return true;
  return (
    addresses.length === known.length &&
    addresses.every(({ host, port }, at) => host === known[at]?.host && port === known[at]?.port)
  );
}
