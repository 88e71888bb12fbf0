import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import type { MaculaNode } from '@macula/node';
import { eventually } from '@macula/testkit';
import type { Wampy } from 'wampy';
import { BridgeFixture } from '../test/bridge-fixture.ts';
import { FoxRouter } from '../test/fox-router.ts';
import { until } from '../test/until.ts';
import { leave, wampClient } from '../test/wamp-client.ts';

const rules = `
events:
  - router: be.cortexiq.**
    topics: [be.cortexiq.home.measured]
    qos: 1
`;
const sold = 'be.cortexiq.sold';
const measured = 'be.cortexiq.home.measured';

/** How many events are on their way at the same time, each of a loop of its own. */
const publishers = 8;

describe('bridges when something fails', () => {
  const fixture = new BridgeFixture();
  const clients: Wampy[] = [];
  /** Ends loads that a failed test has left behind. */
  const ends: (() => void)[] = [];
  let router: FoxRouter;

  beforeEach(async () => {
    router = await FoxRouter.start();
  }, 300_000);

  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    for (const client of clients.splice(0)) await leave(client);
    await fixture.stop();
    await router.kill();
  });

  const fox = (): { url: string; realm: string; dialect: string } => ({
    url: router.url,
    realm: router.realm,
    dialect: 'static',
  });

  async function client(): Promise<Wampy> {
    const one = await wampClient(router.url, router.realm);
    clients.push(one);
    return one;
  }

  /** Publishes numbers without pause until told to stop. */
  function load(node: MaculaNode): { readonly acknowledged: number[]; stop(): Promise<void> } {
    const acknowledged: number[] = [];
    let going = true;
    ends.push(() => {
      going = false;
    });
    const publish = async (first: number): Promise<void> => {
      for (let i = first; going; i += publishers) {
        try {
          await node.publish(sold, [i], { qos: 1, timeout: 20_000 });
          acknowledged.push(i);
        } catch {
          // It is no acknowledged event then, and none that has to arrive.
        }
        // Where nobody listens publishing takes no time at all, and nothing else would get its turn.
        await new Promise<void>((resolve) => {
          systemClock.defer(resolve);
        });
      }
    };
    const all = Promise.all(Array.from({ length: publishers }, (_, first) => publish(first)));
    return {
      acknowledged,
      async stop() {
        going = false;
        await all;
      },
    };
  }

  /** Resolves when the mesh knows that the bridge wants the topic: nobody acknowledges what is published before. */
  function wanted(node: MaculaNode, heard: () => boolean): Promise<void> {
    return until(async () => {
      await node.publish(sold, [-1], { qos: 1 });
      return heard();
    });
  }

  test('a router that is killed and restarted under load costs no acknowledged event, and brings only those twice that it took without saying so', async () => {
    const native = await fixture.node();
    const bridge = await fixture.bridge(fox(), rules);
    const wamp = await client();
    const atRouter: number[] = [];
    const inMesh: number[] = [];
    await wamp.subscribe(sold, ({ argsList }) => void atRouter.push(Number(argsList?.[0])));
    await native.subscribe(measured, ({ args }) => inMesh.push(Number(args[0])));
    await eventually(() => bridge.health().status === 'connected');
    await wanted(native, () => atRouter.length > 0);
    await eventually(() => bridge.health().toRouter.inFlight === 0);
    atRouter.length = 0;
    const { acknowledged, stop } = load(native);
    await eventually(() => acknowledged.length > 200, { limitMs: 20_000 });

    await router.kill();
    await eventually(() => bridge.health().status === 'buffering');
    const { waiting } = bridge.health().toRouter;
    expect(waiting).toBeGreaterThan(0);
    await router.restart();
    await eventually(() => bridge.health().status === 'connected', { limitMs: 10_000 });
    const before = acknowledged.length;
    await eventually(() => acknowledged.length > before + 200, { limitMs: 20_000 });
    await stop();
    await eventually(() => atRouter.length >= acknowledged.length, { limitMs: 10_000 });
    const heard = new Set(atRouter);
    expect(acknowledged.filter((i) => !heard.has(i))).toEqual([]);
    // A router that dies between delivering an event and acknowledging it leaves open whether it has;
    // it is sent again. Each publisher waits for its event, so that is one each.
    expect(atRouter.length - heard.size).toBeLessThanOrEqual(publishers);
    expect(bridge.health().toRouter).toMatchObject({ dropped: 0, waiting: 0 });

    // What the bridge had subscribed to is back, too.
    await wamp.publish(measured, [42]);
    await eventually(() => inMesh.length === 1);
  }, 120_000);

  test('two bridges of a group bring every event once, both ways, and back to neither side', async () => {
    const native = await fixture.node();
    const one = await fixture.bridge(fox(), rules);
    await eventually(() => one.health().status === 'connected');
    const other = await fixture.bridge(fox(), rules);
    const wamp = await client();
    const listener = await client();
    const atRouter: number[] = [];
    const inMesh: number[] = [];
    await listener.subscribe(sold, ({ argsList }) => void atRouter.push(Number(argsList?.[0])));
    // Both sides listen to both topics: what came from one must not come back to it.
    await listener.subscribe(measured, ({ argsList }) => void atRouter.push(Number(argsList?.[0])));
    await native.subscribe(measured, ({ args }) => inMesh.push(Number(args[0])));
    await native.subscribe(sold, ({ args }) => inMesh.push(Number(args[0])), {});
    await eventually(() =>
      [one, other].every((bridge) => {
        const { status, toMesh, group } = bridge.health();
        return (
          status === 'connected' && toMesh.topics.length === 2 && group.fellows === 1 && group.works
        );
      }),
    );
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    for (const i of numbers) {
      await wamp.publish(measured, [i]);
      await native.publish(sold, [1_000 + i], { qos: 1 });
    }
    const ownNumbers = numbers.map((i) => 1_000 + i);
    await eventually(() => atRouter.length >= 400 && inMesh.length >= 200);
    await eventually(() => other.health().toMesh.shadowed + other.health().toRouter.shadowed === 0);
    expect([...atRouter].sort((a, b) => a - b)).toEqual([...numbers, ...ownNumbers]);
    expect(inMesh).toEqual(numbers);
  }, 60_000);

  test('when a bridge goes, the other takes over without losing an acknowledged event', async () => {
    const native = await fixture.node();
    const one = await fixture.bridge(fox(), rules);
    await eventually(() => one.health().status === 'connected');
    const other = await fixture.bridge(fox(), rules);
    const wamp = await client();
    const atRouter = new Set<number>();
    let heard = 0;
    let asked = 0;
    await wamp.subscribe(sold, ({ argsList }) => {
      const i = Number(argsList?.[0]);
      if (i < 0) {
        asked++;
        return;
      }
      heard++;
      atRouter.add(i);
    });
    await eventually(
      () =>
        other.health().status === 'connected' &&
        // Bridges that have yet to hear of each other both carry.
        [one, other].every((bridge) => {
          const { works, fellows } = bridge.health().group;
          return works && fellows === 1;
        }),
    );
    await wanted(native, () => asked > 0);
    const { acknowledged, stop } = load(native);
    await eventually(() => acknowledged.length > 200, { limitMs: 20_000 });
    await one.stop();
    await eventually(() => other.health().group.fellows === 0);
    const before = acknowledged.length;
    await eventually(() => acknowledged.length > before + 200, { limitMs: 20_000 });
    await stop();
    await eventually(() => acknowledged.every((i) => atRouter.has(i)), { limitMs: 10_000 });
    expect(heard).toBe(atRouter.size);
  }, 120_000);
});
