import type { Id } from '@macula/core';
import type { Contact } from './contact.ts';

/** `known`: was there already; `added`; `waiting`: the bucket is full, the contact waits for a place. */
export type Arrival = 'known' | 'added' | 'waiting';

/**
 * Up to k contacts at one distance, least recently seen first (Maymounkov and Mazières 2002, §2.2 and §4.1).
 * Whoever lives keeps its place: nodes that have been up for long are the likeliest to stay up, and a
 * flood of newcomers cannot push them out. Newcomers to a full bucket wait in the replacement cache, the
 * most recently seen last, until a place becomes free.
 */
export class KBucket {
  readonly #capacity: number;
  readonly #contacts: Contact[] = [];
  readonly #waiting: Contact[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#contacts.length;
  }

  get full(): boolean {
    return this.#contacts.length >= this.#capacity;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get leastRecentlySeen(): Contact | undefined {
    return this.#contacts[0];
  }

  get(id: Id): Contact | undefined {
    return this.#contacts.find((contact) => contact.id.equals(id));
  }

  /** Least recently seen first. */
  get contacts(): readonly Contact[] {
    return this.#contacts;
  }

  /** The contact has just been heard of. */
  seen(contact: Contact): Arrival {
    const before = take(this.#contacts, contact.id);
    if (before === undefined) take(this.#waiting, contact.id);
    if (!this.full) {
      this.#contacts.push(contact);
      return before === undefined ? 'added' : 'known';
    }
    this.#waiting.push(contact);
    if (this.#waiting.length > this.#capacity) this.#waiting.shift();
    return 'waiting';
  }

  /** Forgets a contact, whether it has a place or waits for one. Gives the one whose place is free now. */
  remove(id: Id): Contact | undefined {
    take(this.#waiting, id);
    return take(this.#contacts, id);
  }

  /** Gives a free place to the one that was seen last of those that wait and `mayEnter`. */
  admit(mayEnter: (contact: Contact) => boolean): Contact | undefined {
    if (this.full) return undefined;
    const next = this.#waiting.findLast(mayEnter);
    if (next === undefined) return undefined;
    take(this.#waiting, next.id);
    this.#contacts.push(next);
    return next;
  }
}

function take(contacts: Contact[], id: Id): Contact | undefined {
  const at = contacts.findIndex((contact) => contact.id.equals(id));
  return at < 0 ? undefined : contacts.splice(at, 1)[0];
}
