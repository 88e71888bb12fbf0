import { type Directory, literalPrefixesOf, type NodeId, type Realm } from '@macula/core';
import { type InterestListener, PrefixInterest } from './prefix-interest.ts';

export interface InterestWatcherDeps {
  readonly directory: Directory;
  readonly realm: Realm;
  readonly self: NodeId;
  /** A directory entry was no interest. */
  readonly onMalformed: () => void;
}

/** Watches who subscribes to the topics of this node. Topics with a prefix in common share its watch. */
export class InterestWatcher {
  readonly #deps: InterestWatcherDeps;
  readonly #prefixes = new Map<string, PrefixInterest>();

  constructor(deps: InterestWatcherDeps) {
    this.#deps = deps;
  }

  /** Starts watching for a topic. Resolves when all subscribers that the directory knows were told. */
  async add(listener: InterestListener): Promise<void> {
    const ready: Promise<void>[] = [];
    for (const prefix of literalPrefixesOf(listener.name)) {
      const interest = this.#prefix(prefix);
      interest.add(listener);
      ready.push(interest.ready);
    }
    await Promise.all(ready);
  }

  remove(listener: InterestListener): void {
    for (const prefix of literalPrefixesOf(listener.name)) {
      const interest = this.#prefixes.get(prefix);
      interest?.listeners.delete(listener);
      if (interest?.listeners.size !== 0) continue;
      interest.close();
      this.#prefixes.delete(prefix);
    }
  }

  close(): void {
    for (const interest of this.#prefixes.values()) interest.close();
    this.#prefixes.clear();
  }

  #prefix(prefix: string): PrefixInterest {
    const known = this.#prefixes.get(prefix);
    if (known !== undefined) return known;
    const { directory, realm, self, onMalformed } = this.#deps;
    const interest = new PrefixInterest(directory, realm, prefix, self, onMalformed);
    this.#prefixes.set(prefix, interest);
    return interest;
  }
}
