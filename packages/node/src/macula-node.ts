import type {
  Address,
  Directory,
  Links,
  Member,
  Membership,
  MembershipChange,
  NodeId,
  Realm,
  Unsubscribe,
} from '@macula/core';
import type {
  EventHandler,
  EventStream,
  PublishOptions,
  PubSub,
  SubscribeOptions,
  Subscription,
} from '@macula/pubsub';
import type {
  CallHandler,
  CallOptions,
  CallStream,
  RegisterOptions,
  Registration,
  Rpc,
  StreamHandler,
  StreamOptions,
} from '@macula/rpc';
import type { WampServer } from '@macula/wamp';
import type { JoinOptions } from './join-wait.ts';
import type { NodeHealth } from './node-health.ts';

/** A node of the mesh: publishes, subscribes, calls and serves, all at once. Make one with `createNode`. */
export interface MaculaNode {
  readonly id: NodeId;
  readonly realm: Realm;
  /** Where others can dial this node, best first. */
  readonly addresses: readonly Address[];

  /** Where WAMP clients are served, if they are; `stop()` ends it with the node. */
  readonly wamp: WampServer | undefined;

  /** Publishes an event; see PubSub.publish for values, options and errors. */
  publish(topic: string, value?: unknown, options?: PublishOptions): Promise<void>;
  /** Calls `handler` with every event that matches; see PubSub.subscribe. */
  subscribe(
    pattern: string,
    handler: EventHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  /** The same, with the events to be taken by `for await`. */
  subscribe(pattern: string, options?: SubscribeOptions): Promise<EventStream>;

  /** Offers a procedure; see Rpc.register. */
  register(
    procedure: string,
    handler: CallHandler,
    options?: RegisterOptions,
  ): Promise<Registration>;
  /** Calls a procedure wherever it is registered; see Rpc.call. */
  call(procedure: string, value?: unknown, options?: CallOptions): Promise<unknown>;
  /** Offers a procedure that is talked with by streams; see Rpc.registerStream. */
  registerStream(
    procedure: string,
    handler: StreamHandler,
    options?: RegisterOptions,
  ): Promise<Registration>;
  /** Opens a stream; see Rpc.openStream. */
  openStream(procedure: string, value?: unknown, options?: StreamOptions): Promise<CallStream>;

  /** The other nodes that are alive or suspect. */
  members(): readonly Member[];
  /** Calls `listener` whenever a node joins, is suspected, recovers, fails, leaves, or describes itself anew. */
  onMembership(listener: (change: MembershipChange) => void): Unsubscribe;
  /** Replaces what other nodes are told of this one. Throws InvalidArgumentError beyond 512 bytes. */
  setMetadata(metadata: Readonly<Record<string, string>>): void;
  /**
   * Resolves once this node knows the members of the mesh and finds what they have announced: in a mesh of up to 20
   * nodes it then holds all of that. Throws TimeoutError or AbortedError; the
   * node goes on trying all the same.
   */
  joined(options?: JoinOptions): Promise<void>;

  /** A snapshot of how the node is, ready for JSON. */
  health(): NodeHealth;
  /** Sends WAMP clients away, withdraws what it offers, lets handlers finish (up to `drainTimeout`), says goodbye, and closes everything, so that the process can exit by itself. Idempotent. */
  stop(): Promise<void>;

  /** The layers below, for what the node itself does not offer. */
  readonly links: Links;
  readonly membership: Membership;
  readonly directory: Directory;
  readonly pubsub: PubSub;
  readonly rpc: Rpc;
}
