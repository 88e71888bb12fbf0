import { InvalidArgumentError, parseRealm, type Realm, type UriMode } from '@macula/core';

export interface PubSubOptions {
  /** Keeps the interest of different realms apart in the directory. */
  readonly realm: string;
  /** Which names topics may have; default `strict`. */
  readonly uriMode?: UriMode;
  /** Topics this node publishes on at a time; the longest unused gives way. Default 10,000. */
  readonly maxTopics?: number;
  /** A topic unused for so long, in milliseconds, is released and costs its first publish anew. Default 300,000. */
  readonly topicIdleMs?: number;
  /** (publisher, topic) pairs to remember sequences of; a forgotten pair loses dedupe and gap detection. Default 65,536. */
  readonly maxIncomingTopics?: number;
  /** Subscriptions of this node. Default 100,000. */
  readonly maxSubscriptions?: number;
  /** Largest encoded value in bytes. Default 1,000,000: a frame's limit of 1 MiB less its header. */
  readonly maxPayloadBytes?: number;
  /** QoS 0 events that wait for one subscriber's link; more bridges longer stalls and costs memory. Default 1,024. */
  readonly outboxEvents?: number;
  /** Bytes of such events. Default 1 MiB. */
  readonly outboxBytes?: number;
  /** QoS 1 events that one subscriber has not acknowledged; also what waits here for one publisher's topic. Default 4,096. */
  readonly unacknowledgedEvents?: number;
  /** Bytes of such events. Default 4 MiB. */
  readonly unacknowledgedBytes?: number;
  /** Calls of `publish` that wait for room; the next one throws LimitExceededError. Default 10,000. */
  readonly maxWaiting?: number;
  /** Publishers wait for a subscriber whose link takes nothing for so long, in milliseconds, then drop events for it; meanwhile all others wait too. Default 1,000. */
  readonly slowSubscriberLimitMs?: number;
  /** The same for QoS 1, where handlers may take their time: so long without any acknowledgement, with as many as allowed missing. Default 10,000. */
  readonly slowAcknowledgementLimitMs?: number;
  /** How long a `publish` may take, in milliseconds, unless it says otherwise. Default 30,000. */
  readonly publishTimeoutMs?: number;
  /** How long the directory may take to tell a topic's subscribers, in milliseconds; then whoever is known is served. Default 5,000. */
  readonly resolveTimeoutMs?: number;
  /** A QoS 1 event counts as handled after so many milliseconds, whatever its handler does. Default 30,000. */
  readonly handlerTimeoutMs?: number;
  /** Values kept for later subscribers, at publishers and again at subscribers. Default 5,000. */
  readonly maxRetained?: number;
  /** Bytes of kept values. Default 16 MiB. */
  readonly maxRetainedBytes?: number;
  /** Above so many subscribing nodes events travel along a tree of them, where a signer was handed in. Default 32. */
  readonly fanoutThreshold?: number;
  /** How long one level of a tree may take to get ready, in milliseconds; longer bears slower nodes, and delays the others. Default 1,000. */
  readonly treeReadyMs?: number;
  /** How long events wait for earlier ones that come another way, in milliseconds, when ways change. Default 1,000. */
  readonly reorderMs?: number;
  /** Places that this node takes in trees of others; passing events on is part of each. Default 4,096. */
  readonly maxTreePlaces?: number;
  /** How many of them one publisher may take: two for each of its topics while a tree follows another. Default 512. */
  readonly maxTreePlacesPerPublisher?: number;
  /**
   * Whether this node signs every event that goes along a tree, so that no forwarder can alter it. Costs this node a signature and each
   * subscriber a verification per event, some 0.1 ms each. Default false.
   */
  readonly sealTrees?: boolean;
  /** Links that a node wants at most: near them a subscriber names inlets. Beyond them it, and its inlets, close those that others open, and for one that they dial themselves another one of these. Default 768. */
  readonly linkBudget?: number;
  /** Ways of others that may pass through this node as their inlet, and a quarter of those that may end here. Default 4,096. */
  readonly maxWays?: number;
  /** First delay between attempts to reach a subscriber, in milliseconds; doubles. Default 100. */
  readonly redialBaseMs?: number;
  /** Longest such delay. Default 30,000. */
  readonly redialMaxMs?: number;
}

/** All options, checked and filled in. */
export type Limits = Required<Omit<PubSubOptions, 'realm'>> & { readonly realm: Realm };

const defaults = {
  maxTopics: 10_000,
  topicIdleMs: 300_000,
  maxIncomingTopics: 65_536,
  maxSubscriptions: 100_000,
  maxPayloadBytes: 1_000_000,
  outboxEvents: 1_024,
  outboxBytes: 1 << 20,
  unacknowledgedEvents: 4_096,
  unacknowledgedBytes: 4 << 20,
  maxWaiting: 10_000,
  slowSubscriberLimitMs: 1_000,
  slowAcknowledgementLimitMs: 10_000,
  publishTimeoutMs: 30_000,
  resolveTimeoutMs: 5_000,
  handlerTimeoutMs: 30_000,
  maxRetained: 5_000,
  maxRetainedBytes: 16 << 20,
  fanoutThreshold: 32,
  treeReadyMs: 1_000,
  reorderMs: 1_000,
  maxTreePlaces: 4_096,
  maxTreePlacesPerPublisher: 512,
  linkBudget: 768,
  maxWays: 4_096,
  redialBaseMs: 100,
  redialMaxMs: 30_000,
} as const;

/** The highest alias a publisher may allot and a subscriber accepts. */
export const maxAlias = 65_535;

/** Checks options and fills in defaults. Throws InvalidArgumentError or InvalidRealmError. */
export function resolveLimits(options: PubSubOptions): Limits {
  const { realm, uriMode = 'strict', sealTrees = false, ...given } = options;
  const numbers: Record<keyof typeof defaults, number> = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value = given[name] ?? defaults[name];
    if (!(value >= 1)) throw new InvalidArgumentError(`${name} must be at least 1, got ${value}`);
    numbers[name] = value;
  }
  if (numbers.maxTopics > maxAlias) {
    throw new InvalidArgumentError(`maxTopics may be ${maxAlias}, got ${numbers.maxTopics}`);
  }
  return { ...numbers, realm: parseRealm(realm), uriMode, sealTrees };
}
