import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NodeId } from '@macula/core';
import { bucketOf, digestBits, digestOf } from './member-digest.ts';

const ids = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => NodeId.fromBytes(bytes));
const member = fc.record({
  id: ids,
  incarnation: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  status: fc.constantFrom('alive' as const, 'suspect' as const),
});
const members = fc.uniqueArray(member, { maxLength: 60, selector: ({ id }) => id.key });
const bits = fc.integer({ min: 0, max: 12 });

describe('digests', () => {
  it.each([
    [0, 0],
    [16, 0],
    [17, 1],
    [1_000, 6],
    [10_000, 10],
    [1_000_000, 12],
  ])('of %i members are divided by %i bits', (count, expected) => {
    expect(digestBits(count)).toBe(expected);
  });

  it('do not depend on the order of members', () => {
    fc.assert(
      fc.property(members, bits, (list, width) => {
        expect(digestOf([...list].reverse(), width)).toEqual(digestOf(list, width));
      }),
    );
  });

  it('differ in the bucket of a member that one side knows otherwise, and nowhere else', () => {
    const change = fc.constantFrom('missing', 'incarnation', 'status');
    fc.assert(
      fc.property(members, member, bits, change, (list, one, width, what) => {
        fc.pre(list.every(({ id }) => !id.equals(one.id)));
        const otherwise = {
          missing: [],
          incarnation: [{ ...one, incarnation: one.incarnation ^ 1n }],
          status: [
            { ...one, status: one.status === 'alive' ? ('suspect' as const) : ('alive' as const) },
          ],
        }[what];
        const mine = digestOf([...list, one], width);
        const theirs = digestOf([...list, ...otherwise], width);
        const differing = mine.flatMap((digest, at) => (digest === theirs[at] ? [] : [at]));
        expect(differing).toEqual([bucketOf(one.id, width)]);
      }),
    );
  });
});
