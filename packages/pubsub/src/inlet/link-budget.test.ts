import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeId } from '@macula/core';
import type { MemoryLinks } from '@macula/testkit';
import { Crowd } from '../../test/crowd.ts';
import { LinkBudget } from './link-budget.ts';

let crowd: Crowd;

beforeEach(() => {
  crowd = new Crowd({ latencyMs: 1 });
});

afterEach(async () => {
  await crowd.stop();
  expect(crowd.pendingTimers).toBe(0);
});

const count = (links: MemoryLinks): number => [...links.all()].length;

describe('a node that subscribes', () => {
  it('keeps to its budget when it opens links itself, and misses nothing', async () => {
    const linkBudget = 8;
    const hub = await crowd.node({ linkBudget });
    const seen: unknown[] = [];
    await hub.pubsub.subscribe('a.b', ({ payload }) => seen.push(payload));
    const publishers = await crowd.nodesOf(20);
    for (const { id, pubsub } of publishers) {
      await crowd.clock.complete(pubsub.publish('a.b', id.key, { qos: 1 }));
    }
    expect(count(hub.links)).toBe(0.75 * linkBudget);
    const heard: unknown[] = [];
    for (const { pubsub } of await crowd.nodesOf(6)) {
      await pubsub.subscribe('c.d', ({ payload }) => heard.push(payload));
    }
    await crowd.clock.advance(50);
    await crowd.clock.complete(hub.pubsub.publish('c.d', 1, { qos: 1 }));
    await crowd.clock.advance(100);
    for (const { id, pubsub } of publishers) {
      void pubsub.publish('a.b', `${id.key} again`, { qos: 1 });
      await crowd.clock.advance(5);
      expect(count(hub.links)).toBeLessThanOrEqual(linkBudget);
    }
    await crowd.clock.advance(10_000);
    expect(count(hub.links)).toBeLessThanOrEqual(linkBudget);
    expect(heard).toEqual([1, 1, 1, 1, 1, 1]);
    const keys = publishers.map(({ id }) => id.key);
    const all = [...keys, ...keys.map((key) => `${key} again`)];
    expect([...seen].sort()).toEqual(all.sort());
  });

  it('names inlets once in a turn, however many are lost, and none after its stop', async () => {
    const hub = crowd.network.node();
    const named: (readonly NodeId[])[] = [];
    const budget = new LinkBudget({
      ...{ links: hub, clock: hub.clock, random: crowd.random, budget: 10 },
      nameInlets: (inlets) => named.push(inlets),
      subscribes: () => true,
      isPassedThrough: () => false,
    });
    const peers = Array.from({ length: 8 }, () => crowd.network.node());
    for (const peer of peers.slice(0, 4)) await crowd.clock.complete(hub.link(peer.self));
    budget.start();
    hub.onLink((link) => budget.linked(link));
    for (const peer of peers.slice(4)) await crowd.clock.complete(hub.link(peer.self));
    await crowd.clock.advance(10);
    expect(named.map(({ length }) => length)).toEqual([8]);
    const close = (some: readonly MemoryLinks[]): Promise<unknown> =>
      crowd.clock.complete(Promise.all(some.map(async ({ self }) => hub.get(self)?.close())));
    await close(peers.slice(0, 3));
    await crowd.clock.advance(10);
    expect(named.map(({ length }) => length)).toEqual([8, 5]);
    budget.stop();
    await close(peers.slice(3));
    await crowd.clock.advance(10);
    expect(named).toHaveLength(2);
  });
});
