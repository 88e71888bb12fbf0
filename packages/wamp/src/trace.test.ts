import { expect, test } from '@jest/globals';
import { seededRandom } from '@macula/testkit';
import fc from 'fast-check';
import { numberIn, TraceMark } from './trace.ts';

test('a mark holds its number, and is known by its router only', () => {
  const random = seededRandom(1);
  const [one, other] = [new TraceMark(random), new TraceMark(random)];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
      const traceparent = one.of(id);
      expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      expect(numberIn(traceparent)).toBe(id);
      expect([one.isOwn(traceparent), other.isOwn(traceparent)]).toEqual([true, false]);
    }),
  );
});

test.each([undefined, '', '00-abc', `00-${'f'.repeat(32)}-${'f'.repeat(16)}-01`])(
  'the trace %s of somebody else has no number',
  (traceparent) => {
    expect(numberIn(traceparent)).toBeUndefined();
  },
);
