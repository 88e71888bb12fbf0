import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Due, DueHeap } from './due-heap.ts';

interface Item extends Due {
  readonly name: number;
}

/** Adds at a time, takes the earliest, or removes the n-th that was added. */
const command = fc.oneof(
  fc.record({ type: fc.constant('add' as const), time: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ type: fc.constant('take' as const) }),
  fc.record({ type: fc.constant('remove' as const), nth: fc.nat(60) }),
);

describe('DueHeap', () => {
  it('gives items in the order of their times and insertion, like a sorted list', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const heap = new DueHeap<Item>();
        const items: Item[] = [];
        let oracle: Item[] = [];
        for (const next of commands) {
          if (next.type === 'add') {
            const item = { name: items.length, time: next.time, sequence: 0, position: -1 };
            items.push(item);
            oracle.push(item);
            heap.add(item);
            // Array.sort is stable: equal times stay in the order of insertion.
            oracle.sort((a, b) => a.time - b.time);
          } else if (next.type === 'take') {
            expect(heap.take()?.name).toBe(oracle.shift()?.name);
          } else {
            const item = items[next.nth];
            if (item === undefined) continue;
            expect(heap.remove(item)).toBe(oracle.includes(item));
            oracle = oracle.filter((other) => other !== item);
          }
          expect(heap.size).toBe(oracle.length);
          expect(heap.first?.name).toBe(oracle[0]?.name);
        }
        while (oracle.length > 0) expect(heap.take()?.name).toBe(oracle.shift()?.name);
        expect(heap.take()).toBeUndefined();
      }),
    );
  });
});
