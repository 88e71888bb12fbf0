import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlotTable } from './slot-table.ts';

describe('SlotTable', () => {
  it('gives numbers until it is full', () => {
    const table = new SlotTable<string>(2);
    const [a, b] = [table.acquire('a'), table.acquire('b')];
    expect(table.acquire('c')).toBe(0);
    expect([table.get(a), table.get(b), table.size]).toEqual(['a', 'b', 2]);
    expect(table.release(a)).toBe('a');
    expect(table.acquire('c')).toBeGreaterThan(0);
    expect(table.values().sort()).toEqual(['b', 'c']);
  });

  it('recognises the number of an earlier use', () => {
    const table = new SlotTable<string>(4);
    const old = table.acquire('old');
    table.release(old);
    const fresh = table.acquire('new');
    expect(fresh).not.toBe(old);
    expect([table.get(old), table.release(old), table.get(fresh)]).toEqual([
      undefined,
      undefined,
      'new',
    ]);
  });

  it.each([0, -1, 5_000, 2 ** 31, 0xffff_ffff])('knows nothing of %d', (id) => {
    const table = new SlotTable<string>(4);
    table.acquire('a');
    expect(table.get(id)).toBeUndefined();
    expect(table.release(id)).toBeUndefined();
  });

  it('keeps its numbers below 256 times its capacity', () => {
    const table = new SlotTable<string>(8);
    for (let i = 0; i < 3_000; i++) {
      const id = table.acquire('x');
      expect(id).toBeGreaterThan(0);
      expect(id).toBeLessThanOrEqual(256 * 8);
      table.release(id);
    }
  });

  it('agrees with a map, whatever is taken and freed', () => {
    const step = fc.oneof(fc.constant('take'), fc.nat(40));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = new SlotTable<number>(16);
        const model = new Map<number, number>();
        for (const [n, action] of steps.entries()) {
          if (action === 'take') {
            const id = table.acquire(n);
            expect(id !== 0).toBe(model.size < 16);
            expect(model.has(id)).toBe(false);
            if (id !== 0) model.set(id, n);
          } else {
            const id = [...model.keys()][Number(action)] ?? 77;
            expect(table.release(id)).toBe(model.get(id));
            model.delete(id);
          }
          expect(table.size).toBe(model.size);
          for (const [id, value] of model) expect(table.get(id)).toBe(value);
        }
      }),
      { numRuns: 50 },
    );
  });
});
