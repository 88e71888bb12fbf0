/** Members up to which the interval is not stretched. */
const unscaledMembers = 32;

/**
 * Milliseconds between two state exchanges (push/pull) of one node: the interval itself up to 32 members, and
 * once more for each doubling beyond, since a full exchange grows with the mesh (memberlist, pushPullScale).
 */
export function syncInterval(members: number, intervalMs: number): number {
  if (members <= unscaledMembers) return intervalMs;
  return intervalMs * (Math.ceil(Math.log2(members / unscaledMembers)) + 1);
}
