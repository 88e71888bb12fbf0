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

  it.each([
    ['plain', [0, 0]],
    ['acknowledged', [1, 1]],
    ['both', [0, 1]],
  ] as const)(
    'keep to its links and bring everything in order when all begin at the same time, before anybody knows of inlets (events: %s)',
    async (_, qualities) => {
      crowd = new Crowd({ latencyMs: { min: 1, max: 5 } });
      const linkBudget = 32;
      const hub = await crowd.node({ linkBudget });
      const seen = new Map<string, number[]>();
      const gaps: Gap[] = [];
      await hub.pubsub.subscribe(
        'a.b',
        ({ payload }) => {
          const [publisher, n] = payload as [string, number];
          seen.set(publisher, [...(seen.get(publisher) ?? []), n]);
        },
        { onGap: (gap) => gaps.push(gap) },
      );
      const publishers = await crowd.nodesOf(200, { linkBudget });
      let most = 0;
      for (const begin of [0, 4]) {
        const ends = publishers.flatMap(({ id, pubsub }) =>
          [0, 1, 2, 3].map((n) =>
            pubsub.publish('a.b', [id.key, begin + n], { qos: qualities[n % 2] ?? 0 }),
          ),
        );
        const until = crowd.clock.now() + 3_000;
        while (crowd.clock.now() < until) {
          await crowd.clock.advance(5);
          most = Math.max(most, [...hub.links.all()].length);
        }
        await crowd.clock.complete(Promise.all(ends));
      }
      expect(most).toBeLessThanOrEqual(linkBudget);
      expect(gaps).toEqual([]);
      for (const { id } of publishers) expect(seen.get(id.key)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
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

  it('have as many ways after the topic has idled out and come back as before, and find them at once', async () => {
    crowd = new Crowd({ latencyMs: { min: 1, max: 5 } });
    const linkBudget = 16;
    const hub = await crowd.node({ linkBudget });
    let seen = 0;
    await hub.pubsub.subscribe('a.*.one', () => void seen++);
    const publishers = await crowd.nodesOf(60, { topicIdleMs: 2_000 });
    const publishAll = async (): Promise<void> => {
      const before = crowd.clock.now();
      for (const { pubsub } of publishers) {
        const end = pubsub.publish('a.x.one', 0, { qos: 1 });
        await crowd.clock.complete(end);
      }
      expect(crowd.clock.now() - before).toBeLessThan(60 * 100);
    };
    await publishAll();
    const rounds: number[][] = [];
    for (let round = 1; round <= 5; round++) {
      // Another topic keeps the interest watched in which the inlets are named.
      for (let i = 0; i < 20; i++) {
        for (const { pubsub } of publishers) void pubsub.publish('a.x.two', 0);
        await crowd.clock.advance(500);
      }
      const idle = [crowd.sum('ways'), crowd.sum('passages')];
      await publishAll();
      rounds.push([...idle, crowd.sum('ways'), crowd.sum('passages')]);
    }
    const [, , ways = 0, passages = 0] = rounds[0] ?? [];
    expect(passages).toBeGreaterThan(40);
    expect(ways).toBe(2 * passages);
    for (const round of rounds) expect(round).toEqual([0, 0, ways, passages]);
    expect(seen).toBe(6 * 60);
  });
});
