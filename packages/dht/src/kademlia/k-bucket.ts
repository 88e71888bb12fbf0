import type { Contact } from './contact.ts';
import { subnetOfContact, type SubnetRule, SubnetTally } from './subnet.ts';

/** `known`: was there already; `added`; `waiting`: the bucket is full, the contact waits for a place; `refused`: too many of its subnet. */
export type Admission = 'known' | 'added' | 'waiting' | 'refused';

/**
 * Up to k contacts at one distance, least recently seen first (Maymounkov and Mazières 2002, §2.2 and §4.1).
 * Whoever lives keeps its place: nodes that have been up for long are the likeliest to stay up, and a
 * flood of newcomers cannot push them out. Newcomers to a full bucket wait in the replacement cache, the
 * most recently seen last, until a place becomes free.
 */
export class KBucket {
  readonly #capacity: number;
  readonly #subnets: SubnetTally;
  readonly #subnetOf: SubnetRule;
  readonly #contacts = new Map<string, Contact>();
  readonly #waiting = new Map<string, Contact>();

  /** `perSubnet`: most contacts of one /24 or /48. */
  constructor(capacity: number, perSubnet: number, subnetOf: SubnetRule = subnetOfContact) {
    this.#capacity = capacity;
    this.#subnets = new SubnetTally(perSubnet);
    this.#subnetOf = subnetOf;
  }

  get size(): number {
    return this.#contacts.size;
  }

  get full(): boolean {
    return this.#contacts.size >= this.#capacity;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get leastRecentlySeen(): Contact | undefined {
    for (const contact of this.#contacts.values()) return contact;
    return undefined;
  }

  get(key: string): Contact | undefined {
    return this.#contacts.get(key);
  }

  /** Least recently seen first. */
  contacts(): Iterable<Contact> {
    return this.#contacts.values();
  }

  /** The contact has just been heard of. The caller has checked limits that span buckets, and says whether there are `limited` places for a subnet. */
  seen(contact: Contact, limited = true): Admission {
    const { key } = contact.id;
    const before = this.#contacts.get(key);
    if (before !== undefined) {
      this.#take(key, before);
      if (limited && !this.#subnets.allows(this.#subnetOf(contact))) return 'refused';
      this.#put(key, contact);
      return 'known';
    }
    if (limited && !this.#subnets.allows(this.#subnetOf(contact))) return 'refused';
    if (!this.full) {
      this.#waiting.delete(key);
      this.#put(key, contact);
      return 'added';
    }
    this.#waiting.delete(key);
    this.#waiting.set(key, contact);
    if (this.#waiting.size > this.#capacity) this.#dropLongestWaiting();
    return 'waiting';
  }

  /** Removes a contact; the one of the waiting that was seen last takes its place. Gives the successor. */
  remove(key: string): { readonly removed: Contact | undefined; readonly successor?: Contact } {
    this.#waiting.delete(key);
    const removed = this.#contacts.get(key);
    if (removed === undefined) return { removed };
    this.#take(key, removed);
    for (const successor of [...this.#waiting.values()].reverse()) {
      if (!this.#subnets.allows(this.#subnetOf(successor))) continue;
      this.#waiting.delete(successor.id.key);
      this.#put(successor.id.key, successor);
      return { removed, successor };
    }
    return { removed };
  }

  #put(key: string, contact: Contact): void {
    this.#contacts.set(key, contact);
    this.#subnets.add(this.#subnetOf(contact));
  }

  #take(key: string, contact: Contact): void {
    this.#contacts.delete(key);
    this.#subnets.remove(this.#subnetOf(contact));
  }

  #dropLongestWaiting(): void {
    for (const key of this.#waiting.keys()) {
      this.#waiting.delete(key);
      return;
    }
  }
}
