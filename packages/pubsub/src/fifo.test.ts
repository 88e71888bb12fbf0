import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';

describe('Fifo', () => {
  it('behaves as an array does, whatever is done to it', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('push' as const) },
      { weight: 2, arbitrary: fc.constant('unshift' as const) },
      { weight: 4, arbitrary: fc.constant('shift' as const) },
      { weight: 1, arbitrary: fc.constantFrom('retain' as const, 'clear' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        for (const [number, name] of steps.entries()) {
          if (name === 'push') {
            fifo.push(number);
            model.push(number);
          } else if (name === 'unshift') {
            fifo.unshift(number);
            model.unshift(number);
          } else if (name === 'shift') {
            expect(fifo.shift()).toBe(model.shift());
          } else if (name === 'retain') {
            fifo.retain((item) => item % 2 === 0);
            model = model.filter((item) => item % 2 === 0);
          } else {
            fifo.clear();
            model = [];
          }
          expect([...fifo]).toEqual(model);
          expect(fifo.length).toBe(model.length);
          expect(fifo.first).toBe(model[0]);
          expect(fifo.at(2)).toBe(model[2]);
        }
      }),
    );
  });
});
