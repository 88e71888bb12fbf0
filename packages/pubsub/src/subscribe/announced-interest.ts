import type { Announcement, Directory, Pattern, Realm } from '@macula/core';
import { interestKey, writeInterest } from '../interest-entry.ts';

/** Announces what this node subscribes to: one directory entry per pattern, however many subscriptions share it. */
export class AnnouncedInterest {
  readonly #directory: Directory;
  readonly #realm: Realm;
  readonly #announced = new Map<string, { announcement: Announcement; holders: number }>();

  constructor(directory: Directory, realm: Realm) {
    this.#directory = directory;
    this.#realm = realm;
  }

  /** How many patterns are announced. */
  get size(): number {
    return this.#announced.size;
  }

  acquire(pattern: Pattern): void {
    const known = this.#announced.get(pattern.key);
    if (known !== undefined) {
      known.holders++;
      return;
    }
    const key = interestKey(this.#realm, pattern.literalPrefix);
    const announcement = this.#directory.announce(key, writeInterest(pattern));
    this.#announced.set(pattern.key, { announcement, holders: 1 });
  }

  release(pattern: Pattern): void {
    const known = this.#announced.get(pattern.key);
    if (known === undefined || --known.holders > 0) return;
    this.#announced.delete(pattern.key);
    known.announcement.withdraw();
  }

  close(): void {
    for (const { announcement } of this.#announced.values()) announcement.withdraw();
    this.#announced.clear();
  }
}
