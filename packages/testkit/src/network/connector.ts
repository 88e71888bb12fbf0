import type { Address, NodeId } from '@macula/core';
import type { MemoryLink } from './memory-link.ts';
import type { MemoryNode } from './memory-node.ts';

/** How the network connects nodes. */
export interface Connector {
  /** Connects `node` with whoever is at `address`. Rejects within the silence limit; `signal` abandons the attempt. */
  connect(
    node: MemoryNode,
    address: Address,
    expected: NodeId | undefined,
    signal?: AbortSignal,
  ): Promise<MemoryLink>;
  /** Where `peer` is, in networks in which everybody knows. */
  addressesOf(peer: NodeId): readonly Address[];
  /** Ends the attempts of `node`, which does not run any more. */
  forget(node: MemoryNode): void;
}
