import type { NodeId } from '@macula/core';

/** The nodes that an event is meant for, of those that subscribe (WAMP's exclude and eligible). */
export class Audience {
  readonly #excluded: ReadonlySet<string>;
  readonly #eligible: ReadonlySet<string> | undefined;

  private constructor(excluded: ReadonlySet<string>, eligible: ReadonlySet<string> | undefined) {
    this.#excluded = excluded;
    this.#eligible = eligible;
  }

  /** Undefined means everybody. */
  static of(
    exclude: readonly NodeId[] | undefined,
    eligible: readonly NodeId[] | undefined,
  ): Audience | undefined {
    if (exclude === undefined && eligible === undefined) return undefined;
    const keys = (nodes: readonly NodeId[]): ReadonlySet<string> =>
      new Set(nodes.map((node) => node.key));
    return new Audience(keys(exclude ?? []), eligible && keys(eligible));
  }

  includes(node: NodeId): boolean {
    return !this.#excluded.has(node.key) && (this.#eligible?.has(node.key) ?? true);
  }
}
