import type { Address, NodeId } from '@macula/core';

/** Most addresses that are kept and told of one node. */
export const maxContactAddresses = 4;

/** A node of the mesh, and where it can be dialled, best first. */
export interface Contact {
  readonly id: NodeId;
  readonly addresses: readonly Address[];
}
