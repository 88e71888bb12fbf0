import type { NodeId } from '@macula/core';
import type { Contact } from './contact.ts';

/** A watcher, and the others that it tells in turn. */
export interface Branch {
  readonly to: Contact;
  readonly below: readonly Contact[];
}

/**
 * Cuts `watchers` into branches of equal size, at most `fanout` of them: no more than a tree needs that is as flat as
 * `fanout` permits, so that the copies are spread evenly over all that send some. The first watchers lead a branch each.
 */
export function branchesOf(watchers: readonly Contact[], fanout: number): Branch[] {
  const width = widthFor(watchers.length, fanout);
  const leaders = watchers.slice(0, width);
  const others = watchers.slice(width);
  return leaders.map((to, at) => ({
    to,
    below: others.slice(
      Math.floor((others.length * at) / leaders.length),
      Math.floor((others.length * (at + 1)) / leaders.length),
    ),
  }));
}

/** The least number of branches per node with which a tree of least depth reaches `count` nodes. */
function widthFor(count: number, fanout: number): number {
  if (count <= fanout) return count;
  let depth = 1;
  while (reach(fanout, depth) < count) depth++;
  let width = 2;
  while (reach(width, depth) < count) width++;
  return width;
}

/** Nodes in a tree of that width and depth, without its root. */
function reach(width: number, depth: number): number {
  let sum = 0;
  for (let level = 1; level <= depth; level++) sum += width ** level;
  return sum;
}

/**
 * Where a watcher stands in the tree of a replica: pseudorandom, so that each replica lets others forward and the loss of one
 * is made up for by the trees of the rest, and fixed, so that links along the tree stay warm.
 */
export function placeInTree(replica: NodeId, watcher: NodeId): number {
  let mixed = lastWord(replica) ^ lastWord(watcher);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function lastWord({ bytes }: NodeId): number {
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0);
}
