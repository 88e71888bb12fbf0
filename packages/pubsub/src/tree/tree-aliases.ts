import type { Link } from '@macula/core';
import { LimitExceededError } from '@macula/core';
import { maxAlias } from '../options.ts';
import type { BranchStatus } from './tree-frames.ts';

/** Whoever has children in a tree. */
export interface TreeParent {
  /** A child has sent a status. */
  childStatus(link: Link, status: BranchStatus): void;
}

/** The small numbers by which this node names trees to its children. */
export class TreeAliases {
  readonly #parents = new Map<number, TreeParent>();
  #last = 0;

  /** Numbers are used again as late as possible, so that a frame that is late finds nobody. Throws LimitExceededError. */
  allot(parent: TreeParent): number {
    if (this.#parents.size >= maxAlias) throw new LimitExceededError(`${maxAlias} trees stand`);
    do this.#last = (this.#last % maxAlias) + 1;
    while (this.#parents.has(this.#last));
    this.#parents.set(this.#last, parent);
    return this.#last;
  }

  get(alias: number): TreeParent | undefined {
    return this.#parents.get(alias);
  }

  free(alias: number): void {
    this.#parents.delete(alias);
  }
}
