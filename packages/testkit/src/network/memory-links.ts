import type { Address, Clock, Links, NodeId } from '@macula/core';

/** Who a node of a simulated network is. */
export interface NodeIdentity {
  readonly self: NodeId;
  readonly localAddresses: readonly Address[];
  /** Nodes of different realms refuse one another. */
  readonly realm: string;
  readonly features: readonly string[];
  /** The NAT that the node is behind: only nodes behind the same one may open links to it. */
  readonly nat?: string | undefined;
}

/** A node's clock: stands still in effect while the node is paused, and for ever once it has crashed. */
export interface ProcessClock extends Clock {
  /** Timers of this process that have neither fired nor been cancelled: 0 after everything was stopped. */
  readonly pendingTimers: number;
}

/** The links of one simulated node. */
export interface MemoryLinks extends Links {
  /** Hand this clock to everything that runs on the node, so that pausing and crashing the node reaches its timers. */
  readonly clock: ProcessClock;
  /** Peers that are pinned now. */
  readonly pinned: readonly NodeId[];
  /** Closes all links with `shutdown` and takes no new ones. Idempotent: further calls return the same promise. */
  stop(): Promise<void>;
}
