import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Crowd, type CrowdNode } from '../test/crowd.ts';

const members = 24;
const node = fc.nat({ max: members });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), qos: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(7_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), a: node, b: node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), a: node, b: node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
);

describe('trees under closed and cut links', () => {
  it('keep the order, bring nothing twice, and bring every acknowledged event to all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1e6),
        fc.array(step, { minLength: 10, maxLength: 40 }),
        async (seed, steps) => {
          const crowd = new Crowd({ seed, latencyMs: { min: 1, max: 20 } });
          const nodes = await crowd.nodesOf(members + 1, { fanoutThreshold: 6 });
          const [publisher, ...others] = nodes as [CrowdNode, ...CrowdNode[]];
          const seen = others.map((): number[] => []);
          for (const [index, { pubsub }] of others.entries()) {
            await pubsub.subscribe('a.b', ({ payload }) => seen[index]!.push(payload as number));
          }
          const acknowledged = new Set<number>();
          const ends: Promise<unknown>[] = [];
          let published = 0;
          for (const one of steps) {
            const [a, b] = 'a' in one ? [nodes[one.a]!.id, nodes[one.b]!.id] : [];
            if (one.do === 'publish') {
              for (let i = 0; i < 5; i++) {
                const value = published++;
                const options = { qos: one.qos as 0 | 1, timeout: 60_000 };
                const end = publisher.pubsub.publish('a.b', value, options).then(
                  () => one.qos === 1 && acknowledged.add(value),
                  () => undefined,
                );
                ends.push(end);
              }
            } else if (one.do === 'wait') await crowd.clock.advance(one.ms);
            else if (one.do === 'heal') crowd.network.heal();
            else if (a === undefined || b === undefined || a.equals(b)) continue;
            else if (one.do === 'cut') crowd.network.partition(a, b);
            else void nodes[one.a]!.links.get(b)?.close();
          }
          crowd.network.heal();
          await crowd.clock.complete(Promise.all(ends), { limitMs: 300_000 });
          await crowd.clock.advance(5_000);
          await crowd.stop();
          expect(crowd.network.failures).toEqual([]);
          for (const one of seen) {
            expect(one).toEqual([...new Set(one)].sort((x, y) => x - y));
            const missed = [...acknowledged].filter((value) => !one.includes(value));
            expect(missed).toEqual([]);
          }
        },
      ),
      { numRuns: 25, endOnFailure: true, seed: 20_261_121 },
    );
  });
});
