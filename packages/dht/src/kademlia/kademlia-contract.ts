import type {
  Address,
  Clock,
  Directory,
  DirectoryEntry,
  DirectoryKey,
  Links,
  Logger,
  LookupOptions,
  Membership,
  Metrics,
  NodeId,
  Random,
  Startable,
} from '@macula/core';
import type { KademliaAnnouncement } from './own-announcement.ts';
import type { RecordSigner, RecordVerifier } from './record.ts';

export interface KademliaDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  /** Signs this node's records. */
  readonly signer: RecordSigner;
  /** Checks the signatures of all others. */
  readonly verify: RecordVerifier;
  /** Tells of nodes and of their end; without it, entries of a node that crashes stay until they expire. */
  readonly membership?: Membership;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

export interface KademliaLookupOptions extends LookupOptions {
  /** Asks over disjoint paths, past what is cached: for keys that somebody may want to hide. Costs more messages. Default false. */
  readonly sensitive?: boolean;
}

export interface KademliaAnnounceOptions {
  /** Looks for the replicas over disjoint paths: for keys that somebody may want to hide. Costs more messages. Default false. */
  readonly sensitive?: boolean;
}

/** What a node's directory looks like from inside, for health checks. */
export interface KademliaState {
  /** Whether the mesh is so small that this node holds every key, and it is in step with the others. */
  readonly local: boolean;
  readonly contacts: number;
  readonly buckets: number;
  /** Records held, withdrawals included. */
  readonly records: number;
  /** Entries of all nodes that are visible here. */
  readonly entries: number;
  readonly announced: number;
  readonly watchedKeys: number;
  /** Pairs of watcher and key that this node notifies. */
  readonly leases: number;
}

/** The Directory over Kademlia; see `createKademlia`. */
export interface Kademlia extends Directory, Startable {
  announce(
    key: DirectoryKey,
    value: Uint8Array,
    options?: KademliaAnnounceOptions,
  ): KademliaAnnouncement;
  lookup(key: DirectoryKey, options?: KademliaLookupOptions): Promise<readonly DirectoryEntry[]>;
  /** Drops cached results that name `node`: it has failed its user. */
  distrust(node: NodeId): void;
  readonly state: KademliaState;
  /** Whether this node has looked for its place in the mesh and compared itself with the neighbours it knows. May become false again, as when somebody joins. */
  readonly settled: boolean;
}

/** What a node knows of the mesh from elsewhere. */
export interface KademliaSurroundings {
  /** Addresses of nodes to join through. Default none. */
  readonly bootstrap?: readonly Address[];
  /**
   * Membership lists every node of the mesh: it tells who the replicas of a key are, and entries of nodes that it does not list are hidden.
   * Default false: replicas are looked for, and what is hidden is entries of nodes that it has seen fail or leave.
   */
  readonly membersOnly?: boolean;
}
