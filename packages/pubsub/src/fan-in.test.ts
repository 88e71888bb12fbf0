import { afterEach, describe, expect, it } from '@jest/globals';
import { Crowd } from '../test/crowd.ts';
import type { Gap } from './index.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

describe('very many publishers and one subscriber with few links', () => {
  it.each([0, 1] as const)(
    'bring each event exactly once, and nobody exceeds his links (quality of service %i)',
    async (qos) => {
      crowd = new Crowd({ latencyMs: { min: 1, max: 5 } });
      const linkBudget = 32;
      const hub = await crowd.node({ linkBudget });
      const seen: unknown[] = [];
      const gaps: Gap[] = [];
      await hub.pubsub.subscribe('a.b', (event) => seen.push(event.payload), {
        onGap: (gap) => gaps.push(gap),
      });
      const sent: string[] = [];
      const ends: Promise<void>[] = [];
      let most = 0;
      for (let i = 0; i < 400; i++) {
        const { id, pubsub } = await crowd.node({ linkBudget });
        for (const event of [0, 1, 2]) {
          sent.push(`${id.key}/${event}`);
          ends.push(pubsub.publish('a.b', `${id.key}/${event}`, { qos }));
        }
        await crowd.clock.advance(3);
        most = Math.max(most, [...hub.links.all()].length);
      }
      await crowd.clock.complete(Promise.all(ends));
      await crowd.clock.advance(1_000);
      expect([...seen].sort()).toEqual(sent.sort());
      expect(gaps).toEqual([]);
      for (const { links } of crowd.nodes) {
        most = Math.max(most, [...links.all()].length);
      }
      expect(most).toBeLessThanOrEqual(linkBudget);
      expect(crowd.sum('passed_on')).toBeGreaterThan(300);
    },
  );

  it.each([0, 1] as const)(
    'keep to its links when all begin at the same time, before anybody knows of inlets (quality of service %i)',
    async (qos) => {
      crowd = new Crowd({ latencyMs: { min: 1, max: 5 } });
      const linkBudget = 32;
      const hub = await crowd.node({ linkBudget });
      const seen: unknown[] = [];
      let missed = 0;
      await hub.pubsub.subscribe('a.b', ({ payload }) => seen.push(payload), {
        onGap: ({ from, to }) => (missed += to - from + 1),
      });
      const publishers = await crowd.nodesOf(200, { linkBudget });
      const expected: string[] = [];
      let most = 0;
      for (const event of [0, 1]) {
        const ends = publishers.map(({ id, pubsub }) => {
          expected.push(`${id.key}/${event}`);
          return pubsub.publish('a.b', `${id.key}/${event}`, { qos });
        });
        const until = crowd.clock.now() + 3_000;
        while (crowd.clock.now() < until) {
          await crowd.clock.advance(5);
          most = Math.max(most, [...hub.links.all()].length);
        }
        await crowd.clock.complete(Promise.all(ends));
      }
      expect(most).toBeLessThanOrEqual(linkBudget);
      expect(new Set(seen).size).toBe(seen.length);
      // What the hub has no room for is closed with what it brings: the next event tells of a plain one that was on it.
      expect(seen.length + missed).toBe(400);
      if (qos === 1) expect([...seen].sort()).toEqual(expected.sort());
    },
  );

  it('adds no more than one hop to anybody’s way', async () => {
    const hopMs = 10;
    crowd = new Crowd({ latencyMs: hopMs });
    const linkBudget = 32;
    const hub = await crowd.node({ linkBudget });
    const arrivedAt = new Map<unknown, number>();
    await hub.pubsub.subscribe('a.b', ({ payload }) => arrivedAt.set(payload, crowd.clock.now()));
    const publishers = await crowd.nodesOf(200, { linkBudget });
    // Once, so that all ways stand.
    for (const { pubsub } of publishers) {
      void pubsub.publish('a.b', 'first', { qos: 1 });
      await crowd.clock.advance(3);
    }
    await crowd.clock.advance(1_000);
    const hops: number[] = [];
    for (const { id, pubsub } of publishers) {
      const began = crowd.clock.now();
      void pubsub.publish('a.b', id.key);
      await crowd.clock.advance(5 * hopMs);
      hops.push((arrivedAt.get(id.key) ?? Infinity) - began);
    }
    expect(new Set(hops)).toEqual(new Set([hopMs, 2 * hopMs]));
  });
});
