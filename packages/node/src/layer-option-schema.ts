import type { KademliaOptions } from '@macula/dht';
import { z } from 'zod';
import { type Member, NodeId } from '@macula/core';
import type { NodeMembershipOptions } from './node-options.ts';

const number = z.number().positive('must be a positive number').optional();
const whole = z.number().int().positive('must be a positive whole number').optional();
const flag = z.boolean().optional();
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
