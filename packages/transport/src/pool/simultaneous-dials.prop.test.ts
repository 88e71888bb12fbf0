import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Identity } from '@macula/identity';
import fc from 'fast-check';
import { PoolFixture, sortedIdentities } from '../../test/pool-fixture.ts';

let identities: Identity[];

beforeAll(async () => {
  identities = await sortedIdentities(2);
});

/** When one side dials, in milliseconds. */
const dialTimes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 3 });

describe('two nodes that dial each other, however often and whenever', () => {
  it('end with one link that both see alike, and every call gets it or an error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        dialTimes,
        dialTimes,
        async (latencyMs, ofSmaller, ofLarger) => {
          const fixture = new PoolFixture(identities);
          fixture.network.latencyMs = latencyMs;
          const nodes = [await fixture.node(), await fixture.node()] as const;
          const calls: Promise<unknown>[] = [];
          for (const [at, times] of [ofSmaller, ofLarger].entries()) {
            const self = nodes[at]!;
            const other = nodes[1 - at]!;
            self.pool.learn(other.pool.self, [other.address]);
            for (const time of times) {
              fixture.clock.setTimer(() => calls.push(self.pool.link(other.pool.self)), time);
            }
          }
          await fixture.clock.advance(8_000);
          expect(calls).toHaveLength(ofSmaller.length + ofLarger.length);
          await fixture.complete(Promise.all(calls));
          const [a, b] = [
            nodes[0].pool.get(nodes[1].pool.self),
            nodes[1].pool.get(nodes[0].pool.self),
          ];
          expect([a?.state, b?.state]).toEqual(['open', 'open']);
          expect(a?.initiator).toBe(!(b?.initiator ?? true));
          await fixture.stop();
        },
      ),
      { numRuns: 60 },
    );
  });
});
