/** A node passes an event on to so many others at most. */
export const maxBranches = 16;
/** The publisher's own branches: the rest of its 16 copies is for subscribers that are not in the tree yet. */
export const publisherBranches = 12;

/** Some members of a tree that stand side by side in the list: the first one is a child, the others are below it. */
export interface MemberRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Splits the members `[start, end)` of a list into at most `branches` ranges of the same length, give or take one. Applied
 * again to what is behind the first of each range, it gives the whole tree, so that the list and the number of
 * branches are all that has to be told of a tree's shape.
 */
export function branchRanges(start: number, end: number, branches: number): MemberRange[] {
  const count = end - start;
  const used = Math.min(branches, count);
  const ranges: MemberRange[] = [];
  let from = start;
  for (let i = 0; i < used; i++) {
    const to = from + Math.floor(count / used) + (i < count % used ? 1 : 0);
    ranges.push({ start: from, end: to });
    from = to;
  }
  return ranges;
}

/** Hops to the farthest of `count` members. */
export function treeDepth(count: number, branches: number = publisherBranches): number {
  if (count === 0) return 0;
  // The first ranges are the longest.
  const longest = Math.ceil(count / Math.min(branches, count));
  return 1 + treeDepth(longest - 1, maxBranches);
}
