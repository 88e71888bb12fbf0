import { describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { seededRandom } from '@macula/testkit';
import fc from 'fast-check';
import { RingOverlay, ringPosition } from './ring-overlay.ts';

const ids = (count: number, seed: number): NodeId[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => NodeId.fromBytes(random.bytes(32)));
};

/** The definition: sort each ring, take who stands beside `self`. */
function naive(self: NodeId, others: readonly NodeId[], rings: number): string[] {
  const found = new Set<string>();
  for (let ring = 0; ring < rings && others.length > 0; ring++) {
    const sorted = [...others, self].sort((a, b) => ringPosition(a, ring) - ringPosition(b, ring));
    const at = sorted.indexOf(self);
    for (const step of [1, sorted.length - 1]) {
      found.add((sorted[(at + step) % sorted.length] as NodeId).key);
    }
  }
  return [...found].sort();
}

function overlayOf(self: NodeId, all: readonly NodeId[], rings: number): RingOverlay {
  const overlay = new RingOverlay(self, rings);
  for (const id of all) if (id !== self) overlay.add(id);
  return overlay;
}

describe('the overlay of rings', () => {
  it('keeps the neighbours that sorting would find, whoever comes and goes', () => {
    const script = fc.array(fc.integer({ min: 0, max: 29 }), { maxLength: 60 });
    fc.assert(
      fc.property(script, fc.integer({ min: 1, max: 7 }), (steps, rings) => {
        const [self, ...pool] = ids(31, 7) as [NodeId, ...NodeId[]];
        const overlay = new RingOverlay(self, rings);
        const present = new Set<NodeId>();
        for (const step of steps) {
          const id = pool[step] as NodeId;
          if (present.delete(id)) {
            overlay.remove(id, () => present);
          } else {
            overlay.add(id);
            present.add(id);
          }
        }
        const found = [...overlay.neighbours().keys()].sort();
        expect(found).toEqual(naive(self, [...present], rings));
      }),
    );
  });

  it('makes neighbours of one another, never more than two a ring', () => {
    const all = ids(200, 3);
    const of = new Map(all.map((id) => [id.key, overlayOf(id, all, 5).neighbours()]));
    for (const [key, neighbours] of of) {
      expect(neighbours.size).toBeLessThanOrEqual(10);
      for (const other of neighbours.keys()) expect(of.get(other)?.has(key)).toBe(true);
    }
  });

  it('reaches everybody in a few hops, even when half of all are gone', () => {
    const all = ids(1_000, 5);
    const alive = all.slice(0, 500);
    const neighbours = new Map(alive.map((id) => [id.key, overlayOf(id, all, 5).neighbours()]));
    const reached = new Set([alive[0]?.key as string]);
    let edge = [...reached];
    let hops = 0;
    for (; edge.length > 0; hops++) {
      const next = edge.flatMap((key) => [...(neighbours.get(key)?.keys() ?? [])]);
      edge = [...new Set(next)].filter((key) => neighbours.has(key) && !reached.has(key));
      for (const key of edge) reached.add(key);
    }
    expect(reached.size).toBeGreaterThanOrEqual(495);
    expect(hops).toBeLessThanOrEqual(10);
  });

  it('takes IDs that share a position on a ring', () => {
    const self = NodeId.fromBytes(new Uint8Array(32).fill(1));
    const twins = [2, 3].map((last) => {
      const bytes = new Uint8Array(32).fill(1);
      bytes[31] = last;
      return NodeId.fromBytes(bytes);
    });
    expect(overlayOf(self, twins, 1).neighbours().size).toBe(1);
  });
});
