import { describe, expect, test } from '@jest/globals';
import { NodeId, Pattern } from '@macula/core';
import fc from 'fast-check';
import type { Offer } from './offer.ts';
import { OfferTable } from './offer-table.ts';

const node = NodeId.fromBytes(new Uint8Array(32).fill(1));
const segment = fc.constantFrom('a', 'b', 'c');
const pattern = fc.oneof(
  fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => Pattern.parse(parts.join('.'))),
  fc
    .array(fc.oneof(segment, fc.constant('*')), { minLength: 1, maxLength: 3 })
    .map((parts) => Pattern.parse(parts.join('.'), { match: 'wildcard' })),
  fc
    .array(segment, { minLength: 1, maxLength: 2 })
    .map((parts) => Pattern.parse(parts.join('.'), { match: 'prefix' })),
);
const step = fc.record({
  key: fc.constantFrom('1', '2', '3', '4', '5', '6'),
  pattern: fc.option(pattern, { nil: undefined }),
});

function offerOf(of: Pattern, id: string): Offer {
  return { node, id, pattern: of, invoke: 'random', created: 1, stream: false };
}

describe('a table of offers', () => {
  test('finds what a look at all of them would find, whatever came and went', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        pattern,
        segment,
        (steps, asked, procedure) => {
          const table = new OfferTable();
          const all = new Map<string, Offer>();
          for (const [at, { key, pattern: of }] of steps.entries()) {
            if (of === undefined) {
              table.delete(key);
              all.delete(key);
            } else {
              const offer = offerOf(of, String(at));
              table.set(key, offer);
              all.set(key, offer);
            }
          }
          const where = (wanted: (offer: Offer) => boolean): Set<Offer> =>
            new Set([...all.values()].filter(wanted));
          expect(table.size).toBe(all.size);
          for (const key of '123456') expect(table.get(key)).toBe(all.get(key));
          expect(new Set(table.of(asked))).toEqual(
            where((offer) => offer.pattern.key === asked.key),
          );
          for (const topic of [procedure, `${procedure}.a`, `${procedure}.b.c`]) {
            const matching = where((offer) => offer.pattern.matches(topic));
            expect(new Set(table.matching(topic))).toEqual(matching);
          }
          table.clear();
          expect([table.size, [...table.of(asked)], [...table.matching('a')]]).toEqual([0, [], []]);
        },
      ),
    );
  });
});
