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
  /** Other members, by status; `probed` is how many of them this node watches, over links that it keeps. */
  readonly members: { readonly alive: number; readonly suspect: number; readonly probed: number };
  /** Doubts of this node about itself: 0 is well, up to 7 when its own timers are late or its probes go unanswered. */
  readonly localHealth: number;
  readonly directory: DirectoryHealth;
  /** Subscriptions that this node's users hold. */
  readonly subscriptions: number;
  /** Procedures that this node's users offer. */
  readonly registrations: number;
}

/** What a node holds of the directory. */
export interface DirectoryHealth {
  /** Entries that this node has announced. */
  readonly self: number;
  /** Entries of others that it holds. */
  readonly peers: number;
  /** Whether it holds all of the mesh's entries, so that lookups ask nobody. */
  readonly local: boolean;
  /** Nodes in the routing table, and buckets of it that are in use. */
  readonly contacts: number;
  readonly buckets: number;
  /** Signed records behind the entries, withdrawn ones and those of absent nodes included. */
  readonly records: number;
  /** Keys that this node watches. */
  readonly watchedKeys: number;
  /** Pairs of another node and a key that this node notifies it of. */
  readonly leases: number;
}
