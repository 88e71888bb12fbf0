import type { NodeId } from '@macula/core';

/**
 * How long after one link began another between the same nodes may be its crossing twin, in
 * milliseconds: a dial that its dialler had started before it saw the first.
 */
export const crossingWindowMs = 2_000;

/** What a node knows when a peer's link has been greeted and waits to be taken. */
export interface CrossingLinks {
  readonly self: NodeId;
  readonly peer: NodeId;
  /** The open link with that peer, if there is one. */
  readonly existing?: { readonly initiator: boolean; readonly ageMs: number };
  /** This node's own dial to that peer, if it is under way. */
  readonly dialling?: { readonly reached: boolean; readonly ageMs: number };
}

/**
 * Whether to take a link that a peer has dialled. Two nodes that dial each other at once must end
 * with one link and agree on which: the one that the smaller NodeId dialled. So the smaller refuses its
 * peer's while its own dial has reached the peer, or may still do so; the larger takes its peer's and
 * gives its own up. A dial that is still on its way after the window does not count: the peer may be
 * reachable in one direction only.
 * A peer with an open link that dials anew has lost that link, unless the new one crossed it.
 */
export function takesPeersLink(links: CrossingLinks): boolean {
  const { self, peer, existing, dialling } = links;
  if (self.compare(peer) > 0) return true;
  if (existing !== undefined) return !existing.initiator || existing.ageMs > crossingWindowMs;
  if (dialling !== undefined) return !dialling.reached && dialling.ageMs > crossingWindowMs;
  return true;
}
