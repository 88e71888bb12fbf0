import type { Branch } from './branch.ts';
import { type BranchStatus, maxHolding, maxLost } from './tree-frames.ts';

/** Where a node itself stands. */
export interface OwnStanding {
  /** Every event of quality of service 1 up to here was handled. */
  readonly handled: number;
  /** The node takes no more part in the tree. */
  readonly leaving: boolean;
}

/**
 * Sums up a subtree for the node above: what the slowest has acknowledged, who that is, and who is lost. Members that are
 * lost hold up what they have not acknowledged, so that whoever keeps it goes on keeping it.
 */
export function standingOf(
  own: OwnStanding | undefined,
  branches: readonly Branch[],
): BranchStatus {
  let acknowledged = own?.handled ?? Infinity;
  for (const branch of branches) acknowledged = Math.min(acknowledged, branch.acknowledged);
  const holding: number[] = [];
  const lost: number[] = own?.leaving === true ? [0] : [];
  if (own?.handled === acknowledged) holding.push(0);
  for (const branch of branches) {
    lost.push(...branch.lost);
    if (branch.acknowledged !== acknowledged) continue;
    holding.push(...(branch.holding.length > 0 ? branch.holding : [branch.range.start]));
  }
  return {
    ready: branches.every((branch) => branch.ready || branch.gone),
    acknowledged: acknowledged === Infinity ? 0 : acknowledged,
    holding: holding.slice(0, maxHolding),
    lost: lost.slice(0, maxLost),
  };
}
