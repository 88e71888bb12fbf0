import type { Address, Clock, Links, Logger, Metrics, Random, UriMode } from '@macula/core';
import type { KademliaOptions } from '@macula/dht';
import type { Identity, RealmAdmission, Signer } from '@macula/identity';
import type { PubSubOptions } from '@macula/pubsub';
import type { RpcOptions } from '@macula/rpc';
import type { SwimOptions } from '@macula/swim';
import type { BindDatagrams, TransportOptions } from '@macula/transport';
import type { WampEndpointOptions } from '@macula/wamp';

/** How a node serves WAMP clients; `@macula/wamp` describes the settings. */
export interface NodeWampOptions extends Omit<WampEndpointOptions, 'port'> {
  /** TCP port; 0 takes any free one. Default: `MACULA_WAMP_PORT`. */
  readonly port?: number;
}

/** Settings of membership. */
export interface NodeMembershipOptions extends Omit<SwimOptions, 'bootstrap' | 'metadata'> {
  /**
   * Milliseconds for which directory, pub/sub and calls take a member for suspect that has been given up, so that it
   * finds its subscriptions, procedures and unacknowledged events when it comes back. Default 10,000.
   */
  readonly graceMs?: number;
}

/** How `createNode` makes a node. What is left out comes from the environment, then from the defaults. */
export interface NodeOptions {
  /** The realm to be in; nodes of different realms never see each other. Or `MACULA_REALM`. One of the two is needed. */
  readonly realm?: string;
  /**
   * Well-known nodes to join by, as `host:port` (port 4433 where it is missing), or the `addresses` of a node. Or
   * `MACULA_BOOTSTRAP_NODES`, `MACULA_BOOTSTRAP_URL`. Default none: others join this node.
   */
  readonly bootstrap?: readonly (string | Address)[];
  /** IP address to listen on. Default `::`, which is IPv4 and IPv6. */
  readonly host?: string;
  /** UDP and TCP port to listen on; 0 takes any free one. Or `MACULA_QUIC_PORT`. Default 0. */
  readonly port?: number;
  /** Where others can reach this node, as `host:port`, when that is not where it listens: behind port forwarding. */
  readonly announce?: readonly (string | Address)[];
  /** Where the node keeps its key and certificate, so that it has the same ID after a restart. Or `MACULA_DATA_DIR`. Default: a new identity in memory. */
  readonly dataDir?: string;
  /** Who knows this secret is admitted to the realm: at least 16 bytes, the same on all nodes. Or `MACULA_REALM_SECRET`. Default: the realm is open. */
  readonly secret?: string | Uint8Array;
  /** Another way of admission, as by a realm authority's certificates; instead of `secret`. */
  readonly admission?: RealmAdmission;
  /**
   * Who this node is; instead of `dataDir`, and needed beside `links`, where one that only signs is enough. Whoever made it
   * starts and stops it.
   */
  readonly identity?: Identity | Signer;
  /** What other nodes are told of this one: at most 512 bytes. Default nothing. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Which names topics and procedures may have. Default `strict`. */
  readonly uriMode?: UriMode;
  /**
   * Milliseconds that `createNode` waits for the node to be joined, where there are bootstrap nodes; after that it
   * resolves all the same, and the node goes on trying. 0 does not wait. Default 5,000.
   */
  readonly joinTimeout?: number;
  /** Milliseconds that `stop()` lets call handlers finish, once their procedures are withdrawn; then their callers get an error. Default 2,000. */
  readonly drainTimeout?: number;
  /**
   * Serves WAMP clients of the realm at `ws://host:port/ws`, from the moment on that the node has joined. Or
   * `MACULA_WAMP_PORT` alone. Default: not served.
   */
  readonly wamp?: NodeWampOptions;
  /** Gives up creating the node. */
  readonly signal?: AbortSignal;
  /** Default: silent. pino loggers fit as they are. */
  readonly logger?: Logger;
  /** Default: none; see `prometheusMetrics`. */
  readonly metrics?: Metrics;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Default: the system's, which is cryptographic. */
  readonly random?: Random;
  /** Links of `identity` to run on instead of real ones, as those of a simulated network. Whoever made them starts and stops them. */
  readonly links?: Links;
  /** Where QUIC's packets go instead of a UDP socket, as a lossy network in memory; `transport: { tcp: false }` belongs to it. */
  readonly bindDatagrams?: BindDatagrams;
  /** What the environment variables are read from. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Finer settings of the layers; their packages describe them. */
  readonly transport?: Omit<TransportOptions, 'host' | 'port' | 'announce'>;
  readonly membership?: NodeMembershipOptions;
  readonly directory?: KademliaOptions;
  readonly pubsub?: Omit<PubSubOptions, 'realm' | 'uriMode'>;
  readonly rpc?: Omit<RpcOptions, 'realm' | 'uriMode'>;
}
