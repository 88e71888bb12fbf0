import { afterEach, describe, expect, it } from '@jest/globals';
import { AbortedError } from '@macula/core';
import { Crowd } from '../test/crowd.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A publisher and 60 subscribers over links with little room. */
async function narrow(outboxEvents: number) {
  crowd = new Crowd({ latencyMs: { min: 1, max: 10 }, queueBytes: 3_000, windowBytes: 1_500 });
  const publisher = await crowd.node({ outboxEvents });
  const nodes = await crowd.nodesOf(60, { outboxEvents });
  const seen = nodes.map((): unknown[] => []);
  const missed = nodes.map(() => 0);
  for (const [index, { pubsub }] of nodes.entries()) {
    await pubsub.subscribe('a.b', ({ payload }) => seen[index]!.push(payload), {
      getRetained: true,
      onGap: ({ from, to }) => (missed[index]! += to - from + 1),
    });
  }
  await crowd.clock.complete(publisher.pubsub.publish('a.b', 'first', { retain: true }));
  await crowd.clock.advance(100);
  return { publisher, nodes, seen, missed };
}

describe('a tree over links with little room', () => {
  it('loses no acknowledged event', async () => {
    const { publisher, seen } = await narrow(1_000);
    const ends = numbers(300).map((i) => publisher.pubsub.publish('a.b', i, { qos: 1 }));
    await crowd.clock.complete(Promise.all(ends));
    for (const one of seen) expect(one).toEqual(['first', ...numbers(300)]);
  });

  it('drops plain events where they must give way, and tells of each', async () => {
    const { publisher, seen, missed } = await narrow(5);
    const ends = numbers(400).map((i) =>
      publisher.pubsub.publish('a.b', i, { backpressure: 'drop-oldest', expiry: 60_000 }),
    );
    await crowd.clock.complete(Promise.all(ends));
    await crowd.clock.advance(2_000);
    await crowd.clock.complete(publisher.pubsub.publish('a.b', 'last', { qos: 1 }));
    for (const [index, one] of seen.entries()) {
      expect(one.at(-1)).toBe('last');
      expect(one.length + missed[index]!).toBe(402);
    }
    expect(crowd.sum('dropped', 'overflow')).toBeGreaterThan(0);
  });

  it('gives publications up when their time or patience is over', async () => {
    const { publisher, nodes } = await narrow(1_000);
    for (const node of nodes) crowd.network.pause(node.id);
    const giveUp = new AbortController();
    const aborted = publisher.pubsub.publish('a.b', 1, { qos: 1, signal: giveUp.signal });
    const expired = publisher.pubsub.publish('a.b', 2, { qos: 1, expiry: 200 });
    const outcomes = Promise.allSettled([aborted, expired]);
    await crowd.clock.advance(100);
    giveUp.abort();
    const [first, second] = await crowd.clock.complete(outcomes);
    expect(first).toMatchObject({ reason: expect.any(AbortedError) });
    expect(second).toMatchObject({ reason: { code: 'macula.pubsub.undelivered' } });
    for (const node of nodes) crowd.network.resume(node.id);
  });

  it('takes over what was sent straight and is not acknowledged', async () => {
    crowd = new Crowd({ latencyMs: { min: 1, max: 10 } });
    const publisher = await crowd.node();
    const seen: unknown[][] = [];
    const join = async (count: number): Promise<void> => {
      for (const { pubsub, links } of await crowd.nodesOf(count)) {
        const own: unknown[] = [];
        seen.push(own);
        await pubsub.subscribe('a.b', ({ payload }) => {
          own.push(payload);
          return new Promise<void>((resolve) => links.clock.setTimer(resolve, 20));
        });
      }
    };
    await join(20);
    const ends = numbers(100).map((i) => publisher.pubsub.publish('a.b', i, { qos: 1 }));
    await crowd.clock.advance(50);
    await join(30);
    await crowd.clock.complete(Promise.all(ends));
    ends.push(publisher.pubsub.publish('a.b', 100, { qos: 1 }));
    await crowd.clock.complete(Promise.all(ends));
    for (const own of seen.slice(0, 20)) expect(own).toEqual(numbers(101));
    for (const own of seen.slice(20)) expect(own).toEqual(numbers(101).slice(Number(own[0])));
    expect(publisher.metrics.value('trees', 'started')).toBe(1);
  });

  it('ends with its topic, and leaves no places behind', async () => {
    crowd = new Crowd();
    const publisher = await crowd.node({ topicIdleMs: 2_000 });
    for (const { pubsub } of await crowd.nodesOf(40)) {
      await pubsub.subscribe('a.b', () => undefined);
    }
    await crowd.clock.complete(publisher.pubsub.publish('a.b', 1));
    await crowd.clock.advance(100);
    expect(crowd.sum('tree_places')).toBe(40);
    await crowd.clock.advance(6_000);
    expect(crowd.sum('tree_places')).toBe(0);
  });
});
