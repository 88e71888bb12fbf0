import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NodeId } from '@macula/core';
import { bucketOf, digestBits, digestOf, RunningDigest } from './member-digest.ts';

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
        const differing = [...mine.keys()].filter((at) => mine[at] !== theirs[at]);
        expect(differing).toEqual([bucketOf(one.id, width)]);
      }),
    );
  });

  it('that are kept up to date are those that would be computed anew, at any number of bits', () => {
    const step = fc.record({
      one: fc.nat(9),
      status: fc.constantFrom('alive' as const, 'gone' as const),
      ask: fc.option(bits),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), members, member, (steps, pool, self) => {
        fc.pre(pool.length > 0);
        const running = new RunningDigest();
        const present = new Set<(typeof pool)[number]>();
        for (const { one, status, ask } of steps) {
          const who = pool[one % pool.length]!;
          if (status === 'alive' && !present.has(who)) running.add(who);
          if (status === 'gone' && present.has(who)) running.remove(who);
          if (status === 'alive') present.add(who);
          else present.delete(who);
          if (ask === null) continue;
          expect(running.read(ask, () => present, self)).toEqual(digestOf([...present, self], ask));
        }
      }),
    );
  });
});
