import { afterEach, describe, expect, it } from '@jest/globals';
import type { MemoryNetworkOptions } from '@macula/testkit';
import { Crowd, type CrowdNode } from '../test/crowd.ts';
import type { PubSubOptions } from './index.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

const linkBudget = 8;
/** Virtual time; the real one depends on who else is at work. */
const limits = { limitMs: 300_000 };
const patienceMs = 120_000;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A subscriber with few links and 24 publishers, most of which reach it through its neighbours; each has published 0. */
async function funnel(network: MemoryNetworkOptions, options: Partial<PubSubOptions> = {}) {
  crowd = new Crowd({ latencyMs: { min: 1, max: 10 }, ...network });
  const hub = await crowd.node({ linkBudget, ...options });
  const seen = new Map<string, unknown[]>();
  const missed = new Map<string, number>();
  await hub.pubsub.subscribe(
    'a.b',
    ({ publisher, args: [number] }) => void seen.get(publisher?.key ?? '')?.push(number),
    {
      onGap: ({ publisher: { key }, from, to }) =>
        missed.set(key, (missed.get(key) ?? 0) + to - from + 1),
    },
  );
  const publishers = await crowd.nodesOf(24, { linkBudget, ...options });
  for (const { id, pubsub } of publishers) {
    seen.set(id.key, []);
    const first = pubsub.publish('a.b', [0], { qos: 1, disclose: true });
    await crowd.clock.complete(first);
  }
  expect([...hub.links.all()].length).toBeLessThanOrEqual(linkBudget);
  return { hub, publishers, seen, missed };
}

/** Neighbours of the subscriber that pass events on. */
function inletsOf(publishers: readonly CrowdNode[]): CrowdNode[] {
  return publishers.filter(({ metrics }) => metrics.value('passed_on') > 0);
}

/** Some dozen events fill a link and what waits for it. */
const narrow = { queueBytes: 8_000, windowBytes: 4_000, bandwidth: 200 };
const long = 'x'.repeat(1_500);

describe('publishers that reach a subscriber through inlets', () => {
  it(
    'lose no acknowledged event where links and inlets have little room and packets are lost',
    async () => {
      const { publishers, seen } = await funnel(
        { ...narrow, loss: 0.02 },
        { outboxBytes: 15_000, publishTimeoutMs: 300_000 },
      );
      const ends = publishers.flatMap(({ pubsub }) =>
        numbers(30).map((i) => pubsub.publish('a.b', [i + 1, long], { qos: 1, disclose: true })),
      );
      await crowd.clock.complete(Promise.all(ends), limits);
      for (const one of seen.values()) expect(one).toEqual(numbers(31));
      // Ways had to be closed, and others found.
      expect(crowd.sum('retries')).toBeGreaterThan(0);
    },
    patienceMs,
  );

  it(
    'wait where the way is full, so that no plain event is lost',
    async () => {
      const { publishers, seen, missed } = await funnel(narrow);
      const publish = async ({ pubsub }: CrowdNode): Promise<void> => {
        for (const i of numbers(30)) await pubsub.publish('a.b', [i + 1, long], { disclose: true });
      };
      await crowd.clock.complete(Promise.all(publishers.map(publish)), limits);
      await crowd.clock.advance(30_000);
      for (const one of seen.values()) expect(one).toEqual(numbers(31));
      expect(missed.size).toBe(0);
    },
    patienceMs,
  );

  it(
    'drop plain events where they must give way, and the subscriber is told of each',
    async () => {
      const { publishers, seen, missed } = await funnel(narrow, { outboxEvents: 5 });
      const ends = publishers.flatMap(({ pubsub }) =>
        numbers(30).map((i) =>
          pubsub.publish('a.b', [i + 1, long], { disclose: true, backpressure: 'drop-oldest' }),
        ),
      );
      await crowd.clock.complete(Promise.all(ends));
      await crowd.clock.advance(30_000);
      const last = publishers.map(({ pubsub }) =>
        pubsub.publish('a.b', [31], { qos: 1, disclose: true }),
      );
      await crowd.clock.complete(Promise.all(last));
      for (const [key, one] of seen) {
        expect(one.at(-1)).toBe(31);
        expect(one.length + (missed.get(key) ?? 0)).toBe(32);
      }
      expect(crowd.sum('dropped', 'overflow')).toBeGreaterThan(0);
    },
    patienceMs,
  );

  it(
    'find other inlets when some die in the middle',
    async () => {
      const { publishers, seen } = await funnel(
        { silenceMs: 2_000 },
        { publishTimeoutMs: 120_000 },
      );
      const victims = inletsOf(publishers).slice(0, 2);
      expect(victims).toHaveLength(2);
      const living = publishers.filter((publisher) => !victims.includes(publisher));
      const ends: Promise<void>[] = [];
      for (const i of numbers(30)) {
        if (i === 10) for (const victim of victims) crowd.kill(victim);
        for (const { pubsub } of living) {
          ends.push(pubsub.publish('a.b', [i + 1], { qos: 1, disclose: true }));
        }
        await crowd.clock.advance(20);
      }
      await crowd.clock.complete(Promise.all(ends), limits);
      for (const { id } of living) expect(seen.get(id.key)).toEqual(numbers(31));
    },
    patienceMs,
  );
});
