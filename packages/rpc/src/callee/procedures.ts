import { LimitExceededError, PatternIndex, type Unsubscribe } from '@macula/core';
import { ProcedureAlreadyExistsError } from '../call-error.ts';
import { compareSpecificity } from '../resolve/specificity.ts';
import type { LocalRegistration } from './local-registration.ts';

/** The procedures that this node offers. */
export class Procedures<H> {
  readonly #capacity: number;
  /** By the keys of their patterns: what takes a registration out of the index. */
  readonly #entries = new Map<string, { of: LocalRegistration<H>; unindex: Unsubscribe }>();
  readonly #index = new PatternIndex<LocalRegistration<H>>();
  /** Grows with every change, so that what was found can be told to be out of date. */
  version = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Throws ProcedureAlreadyExistsError or LimitExceededError. */
  add(registration: LocalRegistration<H>): void {
    const { pattern } = registration;
    if (this.#entries.has(pattern.key)) {
      throw new ProcedureAlreadyExistsError(
        `this node has registered ${pattern.text} (${pattern.match}) already`,
      );
    }
    if (this.size >= this.#capacity) {
      throw new LimitExceededError(`this node has ${this.size} registrations, as many as it may`);
    }
    this.version++;
    const unindex = this.#index.add(pattern, registration);
    this.#entries.set(pattern.key, { of: registration, unindex });
  }

  delete(registration: LocalRegistration<H>): void {
    const { key } = registration.pattern;
    const entry = this.#entries.get(key);
    if (entry?.of !== registration) return;
    this.version++;
    entry.unindex();
    this.#entries.delete(key);
  }

  /** The registration that answers `procedure`: of those that match the most specific. */
  find(procedure: string): LocalRegistration<H> | undefined {
    let best: LocalRegistration<H> | undefined;
    for (const found of this.#index.match(procedure)) {
      if (best === undefined || compareSpecificity(found.pattern, best.pattern) < 0) best = found;
    }
    return best;
  }
}
