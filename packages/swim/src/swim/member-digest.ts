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
export function bucketOf({ bytes }: NodeId, bits: number): number {
  return (((bytes[0] as number) << 8) | (bytes[1] as number)) >>> (16 - bits);
}

/** Per bucket the sum of the members' fingerprints, modulo 2^32: equal where two nodes know the same. */
export function digestOf(members: Iterable<MemberView>, bits: number): Uint32Array {
  const digests = new Uint32Array(2 ** bits);
  for (const member of members) count(digests, member, bits, 1);
  return digests;
}

/** Adds a member to digests of `bits` bits, or takes it out again. */
function count(digests: Uint32Array, member: MemberView, bits: number, times: 1 | -1): void {
  const bucket = bucketOf(member.id, bits);
  digests[bucket] = (digests[bucket] as number) + times * fingerprint(member);
}

/** Digests of members that come, change and go, kept up to date from the first time that they are asked for. */
export class RunningDigest {
  #bits = 0;
  #digests: Uint32Array | undefined;

  add(member: MemberView): void {
    if (this.#digests !== undefined) count(this.#digests, member, this.#bits, 1);
  }

  /** `member` as it was when it was added. */
  remove(member: MemberView): void {
    if (this.#digests !== undefined) count(this.#digests, member, this.#bits, -1);
  }

  clear(): void {
    this.#digests = undefined;
  }

  /** Digests of `bits` bits of all that were added, which are `members`, and of `extra`. */
  read(bits: number, members: () => Iterable<MemberView>, extra: MemberView): Uint32Array {
    if (this.#digests === undefined || this.#bits < bits) {
      this.#bits = bits;
      this.#digests = digestOf(members(), bits);
    }
    const digests = new Uint32Array(2 ** bits);
    // Buckets are prefixes: one of fewer bits is the sum of those that it divides into.
    for (let at = 0; at < this.#digests.length; at++) {
      const bucket = at >>> (this.#bits - bits);
      digests[bucket] = (digests[bucket] as number) + (this.#digests[at] as number);
    }
    count(digests, extra, bits, 1);
    return digests;
  }
}

/** Incarnations are milliseconds of wall clocks: nearly all are exact as numbers, and splitting those is cheaper. */
const exactLimit = 2 ** 53;

/** FNV-1a over part of the ID, the incarnation and whether it is suspected. */
function fingerprint({ id, incarnation, status }: MemberView): number {
  const { bytes } = id;
  let hash = 0x811c9dc5;
  for (let i = 2; i < 10; i++) hash = mix(hash, bytes[i] as number);
  const number = Number(incarnation);
  const isExact = number < exactLimit;
  hash = mix(hash, isExact ? number | 0 : Number(BigInt.asIntN(32, incarnation)));
  hash = mix(
    hash,
    isExact ? (number / 2 ** 32) | 0 : Number(BigInt.asIntN(32, incarnation >> 32n)),
  );
  return mix(hash, status === 'suspect' ? 1 : 0) >>> 0;
}

function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x01000193);
  return product ^ (product >>> 15);
}
