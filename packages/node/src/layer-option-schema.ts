import type { KademliaOptions } from '@macula/dht';
import { z } from 'zod';
import { type Member, NodeId } from '@macula/core';
import type { NodeMembershipOptions, NodeOptions } from './node-options.ts';
import { handedIn } from './option-kinds.ts';

type Given<K extends keyof NodeOptions> = NonNullable<NodeOptions[K]>;

const number = z.number().positive('must be a positive number').optional();
const whole = z.number().int().positive('must be a positive whole number').optional();
const flag = z.boolean().optional();
const group = handedIn('an object of settings').optional();
const member = z.custom<Member>(
  (value) => (value as Partial<Member> | null | undefined)?.id instanceof NodeId,
  'must be a member, as members() gives them',
);

/** Settings of membership. What they mean together, SWIM checks. */
export const membershipSchema = z
  .strictObject({
    graceMs: number,
    incarnation: z.bigint().optional(),
    probeIntervalMs: number,
    probeTimeoutMs: number,
    indirectProbes: number,
    gossipIntervalMs: number,
    gossipNodes: number,
    suspicionMult: number,
    suspicionMaxMult: number,
    retransmitMult: number,
    syncIntervalMs: number,
    reconnectIntervalMs: number,
    forgetMs: number,
    fullMeshMembers: number,
    rings: whole,
    maxMembers: whole,
    dialTimeoutMs: number,
    maxConcurrentDials: whole,
    snapshot: z.array(member).optional(),
    teachLinks: z.enum(['members', 'neighbours']).optional(),
    extensions: z.strictObject({ localHealth: flag, confirmations: flag, buddy: flag }).optional(),
  } satisfies Partial<Record<keyof NodeMembershipOptions, z.ZodType>>)
  .transform((options) => options as NodeMembershipOptions);

/** Settings of the directory. What they mean together, Kademlia checks. */
export const directorySchema = z
  .strictObject({
    k: whole,
    alpha: whole,
    disjointPaths: whole,
    readReplicas: whole,
    watchReplicas: whole,
    requestTimeoutMs: number,
    tries: whole,
    stallMs: number,
    lifetimeMs: number,
    republishMs: number,
    refreshMs: number,
    antiEntropyMs: number,
    leaseMs: number,
    cacheMs: number,
    maxCachedKeys: whole,
    perSubnetInBucket: whole,
    perSubnetInTable: whole,
    maxOwnEntries: whole,
    maxRecords: whole,
    maxBytes: number,
    maxRecordsPerKey: whole,
    maxRecordsPerNode: whole,
    maxLeases: whole,
    notifyFanout: whole,
  } satisfies Partial<Record<keyof KademliaOptions, z.ZodType>>)
  .transform((options) => options as KademliaOptions);

/** Settings of pub/sub. */
export const pubsubSchema = z
  .strictObject({
    maxTopics: whole,
    topicIdleMs: number,
    maxIncomingTopics: whole,
    maxSubscriptions: whole,
    maxPayloadBytes: number,
    outboxEvents: whole,
    outboxBytes: number,
    unacknowledgedEvents: whole,
    unacknowledgedBytes: number,
    maxWaiting: whole,
    slowSubscriberLimitMs: number,
    slowAcknowledgementLimitMs: number,
    publishTimeoutMs: number,
    resolveTimeoutMs: number,
    handlerTimeoutMs: number,
    maxRetained: whole,
    maxRetainedBytes: number,
    fanoutThreshold: whole,
    treeReadyMs: number,
    reorderMs: number,
    maxTreePlaces: whole,
    maxTreePlacesPerPublisher: whole,
    sealTrees: flag,
    linkBudget: whole,
    maxWays: whole,
    redialBaseMs: number,
    redialMaxMs: number,
  } satisfies Record<keyof Given<'pubsub'>, z.ZodType>)
  .transform((options) => options as Given<'pubsub'>);

/** Settings of calls. */
export const rpcSchema = z
  .strictObject({
    callTimeout: number,
    dialTimeout: number,
    registerTimeout: number,
    maxCallsPerLink: whole,
    maxWaitingPerCallee: whole,
    maxInvocationsPerLink: whole,
    maxInvocationBytesPerLink: number,
    maxStreamsPerLink: whole,
    maxProcedures: whole,
    maxRegistrations: whole,
    maxPayload: number,
    breakerThreshold: whole,
    breakerResetMs: number,
    retryBaseMs: number,
    retryMaxMs: number,
  } satisfies Record<keyof Given<'rpc'>, z.ZodType>)
  .transform((options) => options as Given<'rpc'>);

/** Settings of the transport, which checks what is in their groups. */
export const transportSchema = z
  .strictObject({
    quic: flag,
    tcp: flag,
    features: z.array(z.string()).readonly().optional(),
    agent: z.string().optional(),
    pool: group,
    links: group,
    handshakes: group,
    quicOptions: group,
    tcpOptions: group,
  } satisfies Record<keyof Given<'transport'>, z.ZodType>)
  .transform((options) => options as Given<'transport'>);
