import type { NodeId } from '@macula/core';
import type { MemberView } from './swim-member.ts';

/** Members per bucket that a comparison aims at. */
const bucketSize = 16;
const maxBits = 12;

/** Into how many buckets, as a power of two, two nodes divide `members` members to compare them. */
export function digestBits(members: number): number {
  return Math.min(maxBits, Math.max(0, Math.ceil(Math.log2(Math.max(1, members) / bucketSize))));
}

/** The bucket of a member: the first `bits` bits of its ID. */
export function bucketOf(id: NodeId, bits: number): number {
  const [first = 0, second = 0] = id.bytes;
  return ((first << 8) | second) >>> (16 - bits);
}

/** Per bucket the sum of the members' fingerprints, modulo 2^32: equal where two nodes know the same. */
export function digestOf(members: Iterable<MemberView>, bits: number): number[] {
  const digests = new Array<number>(2 ** bits).fill(0);
  for (const member of members) {
    const bucket = bucketOf(member.id, bits);
    digests[bucket] = ((digests[bucket] as number) + fingerprint(member)) >>> 0;
  }
  return digests;
}

/** FNV-1a over part of the ID, the incarnation and whether it is suspected. */
function fingerprint({ id, incarnation, status }: MemberView): number {
  let hash = 0x811c9dc5;
  const mix = (word: number): void => {
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  };
  for (let i = 2; i < 10; i++) mix(id.bytes[i] as number);
  mix(Number(BigInt.asUintN(32, incarnation)));
  mix(Number(BigInt.asUintN(32, incarnation >> 32n)));
  mix(status === 'suspect' ? 1 : 0);
  return hash >>> 0;
}
