import type { Announcement, ConfirmOptions, Directory, NodeId, Pattern, Realm } from '@macula/core';
import { interestKey, writeInterest } from '../interest-entry.ts';

interface Announced {
  readonly pattern: Pattern;
  readonly announcement: Announcement;
  holders: number;
}

/** Announces what this node subscribes to: one directory entry per pattern, however many subscriptions share it. */
export class AnnouncedInterest {
  readonly #directory: Directory;
  readonly #realm: Realm;
  readonly #announced = new Map<string, Announced>();
  #inlets: readonly NodeId[] = [];

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
    const announcement = this.#directory.announce(key, writeInterest(pattern, this.#inlets));
    this.#announced.set(pattern.key, { pattern, announcement, holders: 1 });
  }

  /** Resolves when the directory has confirmed that the pattern is announced, if it still is. Throws TimeoutError or AbortedError. */
  async confirmed(pattern: Pattern, options?: ConfirmOptions): Promise<void> {
    await this.#announced.get(pattern.key)?.announcement.confirmed?.(options);
  }

  release(pattern: Pattern): void {
    const known = this.#announced.get(pattern.key);
    if (known === undefined || --known.holders > 0) return;
    this.#announced.delete(pattern.key);
    known.announcement.withdraw();
  }

  /** Names the neighbours that take events for this node. */
  nameInlets(inlets: readonly NodeId[]): void {
    this.#inlets = inlets;
    for (const { announcement, pattern } of this.#announced.values()) {
      announcement.update(writeInterest(pattern, inlets));
    }
  }

  close(): void {
    for (const { announcement } of this.#announced.values()) announcement.withdraw();
    this.#announced.clear();
  }
}
