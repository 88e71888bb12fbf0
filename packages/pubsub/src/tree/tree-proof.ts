import { createHash } from 'node:crypto';
import { Id, NodeId } from '@macula/core';
import { branchRanges, maxBranches } from './tree-shape.ts';

/*
 * A tree's hash binds every member to its place, as in a Merkle tree: the hash of a member covers its NodeId and the hashes of its
 * branches, the root those of the publisher's branches. So one signature of the publisher tells each
 * member who may pass events on to it, with a list of its own subtree and a few hashes.
 */

const memberTag = Uint8Array.of(1);
const rootTag = Uint8Array.of(2);
/** A member deeper than this has been given nonsense. */
const maxDepth = 16;

/** How one level above a member is put together. */
export interface ProofLevel {
  /** The node above; undefined for the publisher. */
  readonly parent: NodeId | undefined;
  /** Which of its branches leads to the member. */
  readonly position: number;
  /** Hashes of its other branches, one after the other. */
  readonly siblings: Uint8Array;
}

/** The hash of the member at `start`, with all that are below it: `[start + 1, end)`. */
export function memberHash(members: readonly NodeId[], start: number, end: number): Uint8Array {
  const hash = createHash('sha256')
    .update(memberTag)
    .update((members[start] as NodeId).bytes);
  for (const branch of branchRanges(start + 1, end, maxBranches)) {
    hash.update(memberHash(members, branch.start, branch.end));
  }
  return hash.digest();
}

/** The hash that the publisher signs, from those of its branches. */
export function rootHash(branches: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256').update(rootTag);
  for (const branch of branches) hash.update(branch);
  return hash.digest();
}

/** The level that branch `position` of `parent` is told, of all branches' hashes. */
export function levelOf(
  parent: NodeId | undefined,
  branches: readonly Uint8Array[],
  position: number,
): ProofLevel {
  const siblings = Buffer.concat(branches.filter((_, index) => index !== position));
  return { parent, position, siblings };
}

/** The root that `levels` lead to from the hash of a member; undefined when they are nonsense. */
export function provenRoot(
  member: Uint8Array,
  levels: readonly ProofLevel[],
): Uint8Array | undefined {
  if (levels.length === 0 || levels.length > maxDepth) return undefined;
  let hash = member;
  for (const [index, { parent, position, siblings }] of levels.entries()) {
    const count = siblings.length / Id.byteLength;
    const top = index === levels.length - 1;
    if (!Number.isInteger(count) || count >= maxBranches || position > count) return undefined;
    if ((parent === undefined) !== top) return undefined;
    const at = position * Id.byteLength;
    const above = createHash('sha256').update(parent === undefined ? rootTag : memberTag);
    if (parent !== undefined) above.update(parent.bytes);
    above.update(siblings.subarray(0, at)).update(hash).update(siblings.subarray(at));
    hash = above.digest();
  }
  return hash;
}
