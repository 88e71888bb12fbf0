import type { Logger, MembershipChange, Unsubscribe } from '@macula/core';

/** The listeners of a Membership. One that throws is logged and harms neither the others nor the protocol. */
export class ChangeListeners {
  readonly #logger: Logger;
  readonly #listeners = new Set<(change: MembershipChange) => void>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(listener: (change: MembershipChange) => void): Unsubscribe {
    // Wrapped, so that a function that is added twice is called twice and removed one by one.
    const own = (change: MembershipChange): void => listener(change);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  notify(change: MembershipChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#logger.error({ error, change: change.type }, 'a membership listener has thrown');
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
