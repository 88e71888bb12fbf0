/** How a node is. Contains only what JSON can carry. */
export interface NodeHealth {
  /** `alone`: no other member is alive; `joined`: at least one is; `stopped`: after `stop()`. */
  readonly status: 'alone' | 'joined' | 'stopped';
  /** 64 hex digits. */
  readonly id: string;
  readonly realm: string;
  /** As `host:port`. */
  readonly addresses: readonly string[];
  /** Seconds since the node was created. */
  readonly uptime: number;
  /** Links that are open. */
  readonly links: number;
  /** Other members, by status. */
  readonly members: { readonly alive: number; readonly suspect: number };
  /** Directory entries held here, by who announced them. */
  readonly directory: { readonly self: number; readonly peers: number };
  /** Subscriptions that this node's users hold. */
  readonly subscriptions: number;
  /** Procedures that this node's users offer. */
  readonly registrations: number;
}
