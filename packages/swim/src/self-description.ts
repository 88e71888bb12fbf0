import type { Clock, Links, Member } from '@macula/core';
import { latestIncarnation } from './incarnation-bound.ts';
import type { MemberStatement } from './member-statement.ts';
import { checkedMetadata } from './metadata.ts';

/** What this node says of itself. */
export class SelfDescription {
  readonly #links: Links;
  readonly #clock: Clock;
  #incarnation: bigint;
  #metadata: Readonly<Record<string, string>>;

  constructor(
    deps: { readonly links: Links; readonly clock: Clock },
    options: {
      readonly incarnation?: bigint;
      readonly metadata?: Readonly<Record<string, string>>;
    },
  ) {
    this.#links = deps.links;
    this.#clock = deps.clock;
    this.#incarnation = options.incarnation ?? BigInt(Math.floor(deps.clock.wallTime()));
    this.#metadata = checkedMetadata(options.metadata ?? {});
  }

  get incarnation(): bigint {
    return this.#incarnation;
  }

  setMetadata(metadata: Readonly<Record<string, string>>): void {
    this.#metadata = checkedMetadata(metadata);
  }

  /**
   * Hears by which incarnation a peer has known this node. One above its own comes from an earlier life with
   * a faster clock, and would have the peer ignore this life: the node rises above it, as in SWIM.
   * Returns whether it did; not so for a claim that nobody believes (`latestIncarnation`).
   */
  refute(claimed: bigint): boolean {
    if (claimed <= this.#incarnation || claimed > latestIncarnation(this.#clock.wallTime()))
      return false;
    this.#incarnation = claimed + 1n;
    return true;
  }

  /** A new incarnation of this life, so that what is said now wins over what was said before. */
  renew(): void {
    this.#incarnation++;
  }

  statement(): MemberStatement {
    return {
      id: this.#links.self,
      incarnation: this.#incarnation,
      addresses: this.#links.localAddresses,
      metadata: this.#metadata,
    };
  }

  toMember(): Member {
    return { ...this.statement(), status: 'alive' };
  }
}
