import type { Branch } from './branch.ts';
import { type BranchStatus, maxHolding, maxLost } from './tree-frames.ts';

/** Where a node itself stands. */
export interface OwnStanding {
  /** Every event of quality of service 1 up to here was handled. */
  readonly handled: number;
  /** The last event of quality of service 1 that has come: who has acknowledged that holds nobody up. */
  readonly newest: number;
  /** The node takes no more part in the tree. */
  readonly leaving: boolean;
}

/**
 * Sums up a subtree for the node above: what the slowest has acknowledged, who that is, and who is lost. Members that are
 * lost hold up what they have not acknowledged, so that whoever keeps it goes on keeping it. `settled`: whoever holds others up has had
 * the time to say so, so that a child that is behind and has named nobody is named itself.
 */
export function standingOf(
  own: OwnStanding | undefined,
  branches: readonly Branch[],
  settled = false,
): BranchStatus {
  const acknowledged = Math.min(own?.handled ?? Infinity, slowestOf(branches));
  const holding: number[] = [];
  const lost: number[] = own?.leaving === true ? [0] : [];
  const isBehind = acknowledged < (own?.newest ?? 0);
  if (isBehind && own?.handled === acknowledged) holding.push(0);
  for (const branch of branches) {
    lost.push(...branch.lost);
    if (!isBehind || branch.acknowledged !== acknowledged) continue;
    holding.push(...(settled ? branch.holders : branch.holding));
  }
  return {
    ready: branches.every((branch) => branch.ready || branch.gone),
    acknowledged: acknowledged === Infinity ? 0 : acknowledged,
    holding: holding.slice(0, maxHolding),
    lost: lost.slice(0, maxLost),
  };
}

/** What the slowest branch has acknowledged; Infinity where there is none. */
export function slowestOf(branches: readonly Branch[]): number {
  let acknowledged = Infinity;
  for (const branch of branches) acknowledged = Math.min(acknowledged, branch.acknowledged);
  return acknowledged;
}
