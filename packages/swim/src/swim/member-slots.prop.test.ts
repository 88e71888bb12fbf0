import { describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { seededRandom } from '@macula/testkit';
import fc from 'fast-check';
import { MemberSlots } from './member-slots.ts';

const random = seededRandom(3);
const pool = Array.from({ length: 60 }, () => NodeId.fromBytes(random.bytes(32)));

describe('the slots of members', () => {
  it('hold what a map would hold, whoever comes and goes', () => {
    const step = fc.record({ n: fc.integer({ min: 0, max: 59 }), gone: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1 }), (steps, seed) => {
        const slots = new MemberSlots<{ id: NodeId; at: number }>(seededRandom(seed));
        const map = new Map<string, { id: NodeId; at: number }>();
        for (const [at, { n, gone }] of steps.entries()) {
          const id = pool[n] as NodeId;
          if (gone) expect(slots.delete(id.key)).toBe(map.delete(id.key));
          else {
            slots.set({ id, at });
            map.set(id.key, { id, at });
          }
          expect(slots.size).toBe(map.size);
        }
        for (const { key } of pool) expect(slots.get(key)).toEqual(map.get(key));
        const held = [...slots.values()].map(({ at }) => at).sort((a, b) => a - b);
        expect(held).toEqual([...map.values()].map(({ at }) => at).sort((a, b) => a - b));
        slots.clear();
        expect([slots.size, [...slots.values()].length]).toEqual([0, 0]);
      }),
    );
  });
});
