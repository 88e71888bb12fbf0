import type { Member, Membership, MembershipChange, NodeId } from '@macula/core';

export function memberOf(id: NodeId): Member {
  return { id, addresses: [], status: 'alive', incarnation: 1n, metadata: {} };
}

/** A membership that knows what tests tell its listeners. */
export function membershipOf(
  self: NodeId,
  listeners: Set<(change: MembershipChange) => void>,
): Membership {
  return {
    self: memberOf(self),
    members: () => [],
    get: () => undefined,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setMetadata: () => undefined,
  };
}
