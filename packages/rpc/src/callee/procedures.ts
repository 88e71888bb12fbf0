import { LimitExceededError } from '@macula/core';
import { ProcedureAlreadyExistsError } from '../call-error.ts';
import { compareSpecificity } from '../resolve/specificity.ts';
import type { LocalRegistration } from './local-registration.ts';

/** The procedures that this node offers. */
export class Procedures<H> {
  readonly #capacity: number;
  readonly #exact = new Map<string, LocalRegistration<H>>();
  /** Prefixes and wildcards, the most specific first. Searched from the front: links remember what they found. */
  #patterns: LocalRegistration<H>[] = [];
  /** Grows with every change, so that what was found can be told to be out of date. */
  version = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#exact.size + this.#patterns.length;
  }

  /** Throws ProcedureAlreadyExistsError or LimitExceededError. */
  add(registration: LocalRegistration<H>): void {
    const { pattern } = registration;
    const taken =
      pattern.match === 'exact'
        ? this.#exact.has(pattern.text)
        : this.#patterns.some((other) => other.pattern.key === pattern.key);
    if (taken) {
      throw new ProcedureAlreadyExistsError(
        `this node has registered ${pattern.text} (${pattern.match}) already`,
      );
    }
    if (this.size >= this.#capacity) {
      throw new LimitExceededError(`this node has ${this.size} registrations, as many as it may`);
    }
    this.version++;
    if (pattern.match === 'exact') this.#exact.set(pattern.text, registration);
    else {
      this.#patterns = [...this.#patterns, registration].sort((a, b) =>
        compareSpecificity(a.pattern, b.pattern),
      );
    }
  }

  delete(registration: LocalRegistration<H>): void {
    this.version++;
    if (this.#exact.get(registration.pattern.text) === registration) {
      this.#exact.delete(registration.pattern.text);
    }
    this.#patterns = this.#patterns.filter((other) => other !== registration);
  }

  /** The registration that answers `procedure`: of those that match the most specific. */
  find(procedure: string): LocalRegistration<H> | undefined {
    return (
      this.#exact.get(procedure) ??
      this.#patterns.find((registration) => registration.pattern.matches(procedure))
    );
  }
}
