import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contactAt } from '../../test/contacts.ts';
import { branchesOf, placeInTree } from './notification-tree.ts';
import { NodeId } from '@macula/core';

const watchers = Array.from({ length: 1_000 }, (_, at) => contactAt(at));

/** How often each watcher is told, the most that one node tells, and the steps that the last one is away. */
function shapeOf(count: number, fanout: number): { told: number[]; most: number; depth: number } {
  const told = Array<number>(count).fill(0);
  const positions = new Map(watchers.map((contact, at) => [contact, at]));
  let most = 0;
  let depth = 0;
  const grow = (range: readonly (typeof watchers)[number][], level: number): void => {
    const branches = branchesOf(range, fanout);
    most = Math.max(most, branches.length);
    for (const { to, below } of branches) {
      const at = positions.get(to) as number;
      told[at] = (told[at] ?? 0) + 1;
      depth = Math.max(depth, level);
      grow(below, level + 1);
    }
  };
  grow(watchers.slice(0, count), 1);
  return { told, most, depth };
}

describe('a tree of watchers', () => {
  it('reaches everybody once, within the fan-out, in as few steps as that permits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 2, max: 64 }), (n, f) => {
        const { told, most, depth } = shapeOf(n, f);
        expect(told.every((times) => times === 1)).toBe(true);
        expect(most).toBeLessThanOrEqual(f);
        let least = 0;
        for (let reached = 0, level = f; reached < n; least++, level *= f) reached += level;
        expect(depth).toBeLessThanOrEqual(least);
      }),
      { numRuns: 40 },
    );
  });

  it('puts the same watcher into different places for different replicas', () => {
    const [a, b] = [1, 2].map((fill) => NodeId.fromBytes(new Uint8Array(32).fill(fill))) as [
      NodeId,
      NodeId,
    ];
    const firstOf = (replica: NodeId): Set<string> =>
      new Set(
        [...watchers]
          .sort((x, y) => placeInTree(replica, x.id) - placeInTree(replica, y.id))
          .slice(0, 100)
          .map(({ id }) => id.key),
      );
    const shared = [...firstOf(a)].filter((key) => firstOf(b).has(key));
    // A tenth of them by chance.
    expect(shared.length).toBeLessThan(30);
    expect(firstOf(a)).toEqual(firstOf(a));
  });
});
