import { beforeEach, describe, expect, it } from '@jest/globals';
import { HalfConnection, type NodeMedium } from './half-connection.ts';
import { NodeHalves } from './node-halves.ts';

const medium = { deliveries: { now: () => 0 } } as unknown as NodeMedium;
const peer = 7;

describe("a node's halves of its connections", () => {
  let over: HalfConnection[];
  let halves: NodeHalves;

  beforeEach(() => {
    over = [];
    halves = new NodeHalves({ halfOver: (half) => over.push(half) });
  });

  const add = (number: number, of = peer): HalfConnection => {
    const half = new HalfConnection(medium, halves, number, of);
    halves.add(half);
    return half;
  };

  it('are found by peer and number, also while an older one with the same peer closes', () => {
    const [older, newer, other] = [add(0), add(2), add(2, 8)];
    expect([halves.find(peer, 0), halves.find(peer, 2), halves.find(8, 2)]).toEqual([
      older,
      newer,
      other,
    ]);
    expect([halves.find(peer, 4), halves.find(9, 0)]).toEqual([undefined, undefined]);
    expect([...halves]).toEqual([newer, older, other]);
  });

  it('are shared by dials as long as the latest one is not closing', () => {
    const older = add(0);
    older.retire();
    expect(halves.usableWith(peer)).toBe(undefined);
    const newer = add(2);
    expect(halves.usableWith(peer)).toBe(newer);
    newer.retire();
    expect(halves.usableWith(peer)).toBe(undefined);
  });

  it.each([[[0, 1, 2]], [[0, 2, 1]], [[1, 0, 2]], [[1, 2, 0]], [[2, 0, 1]], [[2, 1, 0]]])(
    'are forgotten one by one, whichever is over first: %j',
    (order) => {
      const all = [add(0), add(1), add(2)];
      const left = new Set(all);
      for (const at of order) {
        const half = all[at] as HalfConnection;
        left.delete(half);
        halves.halfOver(half);
        expect(over.at(-1)).toBe(half);
        for (const one of all) {
          expect(halves.find(peer, one.number)).toBe(left.has(one) ? one : undefined);
        }
        expect([...halves]).toEqual([...left].reverse());
      }
      expect(over).toHaveLength(3);
    },
  );
});
