import { afterEach, describe, expect, it } from '@jest/globals';
import {
  forwarders,
  type Listener,
  listener,
  listeners,
  numbers,
  opened,
  Stream,
} from '../test/audience.ts';
import { Crowd } from '../test/crowd.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

async function open(...options: Parameters<typeof opened>) {
  const all = await opened(...options);
  crowd = all.crowd;
  return all;
}

const everyPlace = [
  [0, 'first'],
  [0, 'second'],
  [1, 'first'],
  [1, 'second'],
] as const;

describe('subscribers that come and go in the middle of a stream along a tree', () => {
  it.each(everyPlace)(
    'cost nobody an event when forwarders unsubscribe (quality of service %i, %s in line)',
    async (qos, place) => {
      const { publisher, all, stream } = await open(qos);
      const leaving = forwarders(all, publisher, place).slice(0, 3);
      for (const { subscription } of leaving) {
        await subscription.unsubscribe();
        await stream.flow(20);
      }
      await stream.flow(20, 20);
      // What few have left goes on for a while as it is.
      for (const { node } of leaving) expect(node.metrics.value('tree_places')).toBe(1);
      expect(publisher.metrics.value('trees', 'started')).toBe(1);
      await crowd.clock.advance(30_000);
      await stream.flow(20, 20);
      await crowd.clock.advance(15_000);
      for (const { node } of leaving) expect(node.metrics.value('tree_places')).toBe(0);
      for (const one of all) {
        const seen = stream.at(one);
        expect(seen).toEqual(numbers(leaving.includes(one) ? seen.length : stream.count));
        expect(one.missed).toBe(0);
      }
      for (const one of leaving) expect(stream.at(one).length).toBeLessThan(stream.count);
      expect(publisher.metrics.value('trees', 'started')).toBe(2);
    },
  );

  it.each([0, 1] as const)(
    'have everything from when they came, and until they went (quality of service %i)',
    async (qos) => {
      const { all, stream } = await open(qos, 100);
      const come: Listener[] = [];
      for (const index of numbers(30)) {
        come.push(await listener(crowd));
        await stream.flow(2);
        await all[3 * index]!.subscription.unsubscribe();
        await stream.flow(2);
      }
      await stream.flow(20, 100);
      await crowd.clock.advance(2_000);
      for (const [index, one] of all.entries()) {
        const seen = stream.at(one);
        const left = index % 3 === 0 && index < 90;
        expect(seen).toEqual(numbers(left ? seen.length : stream.count));
        expect(one.missed).toBe(0);
      }
      for (const one of come) {
        const [first = 0] = stream.at(one);
        expect(stream.at(one)).toEqual(numbers(stream.count - first, first));
        expect(one.missed).toBe(0);
      }
    },
  );

  it.each(everyPlace)(
    'are gone at once when they say goodbye (quality of service %i, %s in line)',
    async (qos, place) => {
      const { publisher, all, stream } = await open(qos);
      const victim = forwarders(all, publisher, place)[1]!;
      await victim.node.pubsub.stop();
      // The layers below say goodbye after it; its links are the last to go.
      await stream.flow(50, 20);
      await crowd.clock.complete(victim.node.links.stop());
      crowd.bury(victim.node);
      await stream.flow(20, 100);
      await crowd.clock.advance(2_000);
      for (const one of all) {
        if (one === victim) continue;
        const seen = stream.at(one);
        expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
        expect(seen.length + one.missed).toBe(stream.count);
        // Plain events are lost while the next tree is made, a few round trips long; nobody waits for its links to go.
        expect(one.missed).toBeLessThanOrEqual(qos === 1 ? 0 : 200 / 20);
      }
    },
  );
});

describe('a forwarder that stands still', () => {
  it.each(['first', 'second'] as const)(
    'for less than a detection time costs nobody an event, %s in line',
    async (place) => {
      const { publisher, all, stream } = await open(0);
      const still = forwarders(all, publisher, place)[1]!;
      crowd.network.pause(still.node.id);
      await stream.flow(100, 10);
      crowd.network.resume(still.node.id);
      await stream.flow(100, 10);
      await crowd.clock.advance(2_000);
      for (const one of all) {
        expect(stream.at(one)).toEqual(numbers(stream.count));
        expect(one.missed).toBe(0);
      }
    },
  );

  it.each(everyPlace)(
    'for longer is passed by, and comes back without anything twice (quality of service %i, %s in line)',
    async (qos, place) => {
      const { publisher, all, stream } = await open(qos);
      const still = forwarders(all, publisher, place)[1]!;
      crowd.network.pause(still.node.id);
      await stream.flow(60, 100);
      const before = all.map((one) => stream.at(one).length + one.missed);
      crowd.network.resume(still.node.id);
      await stream.flow(20, 100);
      await crowd.clock.advance(5_000);
      for (const [index, one] of all.entries()) {
        const seen = stream.at(one);
        expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
        expect(seen.length + one.missed).toBe(stream.count);
        if (one === still) continue;
        // They did not wait for it to come back.
        expect(before[index]).toBeGreaterThanOrEqual(20 + 60 - 1);
        // One event every 100 ms, and 2 s until it is noticed.
        expect(one.missed).toBeLessThanOrEqual(qos === 1 ? 0 : 2_500 / 100);
      }
      if (qos === 1) expect(stream.at(still)).toEqual(numbers(stream.count));
    },
  );
});

describe('a subscriber below a forwarder that takes nothing', () => {
  it('holds up nobody beside it', async () => {
    const { publisher, all, stream } = await open(0, 250, 60_000);
    const passingOn = new Set(all.filter(({ node }) => node.metrics.value('relayed') > 0));
    const slow = all.find(
      (one) => !passingOn.has(one) && one.node.links.get(publisher.id) === undefined,
    )!;
    crowd.network.pause(slow.node.id);
    await stream.flow(300, 10);
    await crowd.clock.advance(100);
    for (const one of all) if (one !== slow) expect(stream.at(one)).toEqual(numbers(320));
    crowd.network.resume(slow.node.id);
    await crowd.clock.advance(5_000);
    const seen = stream.at(slow);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(seen.length + slow.missed).toBe(stream.count);
  });
});

describe('two publishers whose audience crosses the threshold up and down', () => {
  it.each([0, 1] as const)(
    'serve those who stay without a loss, and leave no place behind (quality of service %i)',
    async (qos) => {
      crowd = new Crowd({ latencyMs: { min: 1, max: 10 } });
      const publishers = await crowd.nodesOf(2);
      const streams = publishers.map((node, index) => new Stream(crowd, `p${index}`, node, qos));
      const staying = await listeners(crowd, 12);
      const flow = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i++) {
          for (const stream of streams) stream.publish();
          await crowd.clock.advance(50);
        }
      };
      for (let round = 0; round < 3; round++) {
        const passing = await listeners(crowd, 40);
        await flow(40);
        expect(crowd.sum('tree_places')).toBeGreaterThan(0);
        for (const { subscription } of passing) {
          await subscription.unsubscribe();
          await flow(1);
        }
        await flow(60);
        for (const stream of streams) {
          for (const one of passing) {
            const [first = 0] = stream.at(one);
            expect(stream.at(one)).toEqual(numbers(stream.at(one).length, first));
          }
        }
      }
      await crowd.clock.advance(15_000);
      for (const one of staying) {
        for (const stream of streams) expect(stream.at(one)).toEqual(numbers(stream.count));
        expect(one.missed).toBe(0);
      }
      expect(crowd.sum('tree_places')).toBe(0);
      for (const { metrics } of publishers) {
        expect(metrics.value('trees', 'started')).toBeGreaterThanOrEqual(3);
      }
    },
  );
});
