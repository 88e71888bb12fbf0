import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { formatAddress, systemClock } from '@macula/core';
import type { MaculaNode } from '@macula/node';
import { eventually } from '@macula/testkit';
import type { Wampy } from 'wampy';
import { BridgeFixture, meshRealm } from '../test/bridge-fixture.ts';
import { BridgeProcess } from '../test/bridge-process.ts';
import { MeshRouter } from '../test/mesh-router.ts';
import { until } from '../test/until.ts';
import { leave, wampClient } from '../test/wamp-client.ts';

const topics = Array.from({ length: 12 }, (_, i) => i);
const down = (topic: number): string => `be.cortexiq.down.t${topic}`;
const up = (topic: number): string => `be.cortexiq.up.t${topic}`;

const fixture = new BridgeFixture();
const bridges: BridgeProcess[] = [];
// fox-wamp falls when a client that it writes to is killed.
let router: MeshRouter;
let native: MaculaNode;
let wamp: Wampy;
let going = true;

beforeEach(async () => {
  router = await MeshRouter.start();
  native = await fixture.node();
  wamp = await wampClient(router.url, router.realm);
  going = true;
}, 300_000);

afterEach(async () => {
  going = false;
  await leave(wamp);
  await Promise.all(bridges.splice(0).map((bridge) => bridge.kill()));
  await fixture.stop();
  await router.stop();
});

async function startBridge(): Promise<BridgeProcess> {
  const bridge = await BridgeProcess.start({
    router: { url: router.url, realm: router.realm, dialect: 'full', settleMs: 500 },
    mesh: {
      realm: meshRealm,
      host: '127.0.0.1',
      bootstrap: native.addresses.map(formatAddress),
    },
    http: { port: 0 },
    events: [
      { router: 'be.cortexiq.up.*', direction: 'to-mesh', qos: 1 },
      { router: 'be.cortexiq.down.*', direction: 'to-router' },
    ],
  });
  bridges.push(bridge);
  return bridge;
}

/** What one side has heard of one topic, in order. */
type Heard = number[][];

/** Publishes numbers on a topic, each after the one before has been acknowledged, until told to stop. */
async function load(
  heard: Heard,
  topic: number,
  publish: (value: number) => Promise<unknown>,
): Promise<number[]> {
  const acknowledged: number[] = [];
  for (let value = 0; going; value++) {
    try {
      await publish(value);
      acknowledged.push(value);
    } catch {
      // It is no acknowledged event then, and none that has to arrive.
    }
    // No further ahead than the other side can be seen to follow, so that what a crash leaves in doubt is few.
    while (going && value - (heard[topic]?.at(-1) ?? -1) > 5) await pause();
  }
  return acknowledged;
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimer(resolve, 2);
  });
}

/** In the order in which they came first. */
function firsts(values: readonly number[]): number[] {
  return [...new Set(values)];
}

const rising = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value > (values[i - 1] as number));

test('two bridges share the load, and when one is killed the other carries on without a loss, a repetition or a disorder among what was acknowledged', async () => {
  const [one, other] = [await startBridge(), await startBridge()];
  const inMesh: Heard = topics.map(() => []);
  const atRouter: Heard = topics.map(() => []);
  for (const topic of topics) {
    await native.subscribe(up(topic), ({ args }) => inMesh[topic]?.push(Number(args[0])));
    await wamp.subscribe(down(topic), ({ argsList }) => {
      atRouter[topic]?.push(Number(argsList?.[0]));
    });
  }
  await until(async () => {
    const healths = await Promise.all([one.health(), other.health()]);
    return healths.every(
      ({ group, toMesh, toRouter }) =>
        group.works && group.fellows === 1 && toMesh.topics.length + toRouter.topics.length === 24,
    );
  }, 30_000);
  const publisher = await wampClient(router.url, router.realm);
  try {
    const loads = topics.map((topic) => [
      load(atRouter, topic, (value) =>
        native.publish(down(topic), [value], { qos: 1, timeout: 20_000 }),
      ),
      load(inMesh, topic, (value) => publisher.publish(up(topic), [value])),
    ]);
    const total = (heard: Heard): number => heard.reduce((sum, { length }) => sum + length, 0);
    await eventually(() => total(atRouter) > 600 && total(inMesh) > 600, { limitMs: 40_000 });
    for (const { toMesh, toRouter } of await Promise.all([one.health(), other.health()])) {
      expect([toMesh.crossed > 50, toRouter.crossed > 50]).toEqual([true, true]);
    }

    await one.kill();
    await until(async () => (await other.health()).group.fellows === 0, 40_000);
    const before = [...atRouter, ...inMesh].map(({ length }) => length);
    await eventually(
      () => [...atRouter, ...inMesh].every(({ length }, i) => length > (before[i] ?? 0) + 10),
      { limitMs: 40_000 },
    );
    going = false;
    for (const [topic, [toRouter, toMesh]] of loads.entries()) {
      const acknowledged = (await toRouter) as number[];
      await eventually(() => acknowledged.every((value) => atRouter[topic]?.includes(value)));
      const arrived = atRouter[topic] as number[];
      const repeated = acknowledged.filter(
        (value) => arrived.filter((n) => n === value).length > 1,
      );
      expect(repeated).toEqual([]);
      expect(rising(firsts(arrived))).toBe(true);

      const published = (await toMesh) as number[];
      await eventually(() => published.every((value) => inMesh[topic]?.includes(value)));
      const came = inMesh[topic] as number[];
      expect(rising(firsts(came))).toBe(true);
      // The router knows nothing of what a bridge has carried: what was on its way at the crash is in doubt. That is one
      // stretch, which goes on from what the fellow was told last, and how long it is depends on how long news took.
      const again = came.filter((value, i) => came.indexOf(value) !== i);
      expect(again).toEqual(again.map((_, i) => (again[0] as number) + i));
      expect(again.length).toBeLessThan(100);
    }
  } finally {
    going = false;
    await leave(publisher);
  }
}, 180_000);

test('a bridge that comes while events flow takes its share without a loss, a repetition or a disorder', async () => {
  const one = await startBridge();
  const atRouter: Heard = topics.map(() => []);
  const inMesh: Heard = topics.map(() => []);
  for (const topic of topics) {
    await native.subscribe(up(topic), ({ args }) => inMesh[topic]?.push(Number(args[0])));
    await wamp.subscribe(down(topic), ({ argsList }) => {
      atRouter[topic]?.push(Number(argsList?.[0]));
    });
  }
  await until(async () => {
    const { toMesh, toRouter } = await one.health();
    return toMesh.topics.length + toRouter.topics.length === 24;
  }, 30_000);
  const publisher = await wampClient(router.url, router.realm);
  try {
    const loads = topics.map((topic) => [
      load(atRouter, topic, (value) => native.publish(down(topic), [value], { qos: 1 })),
      load(inMesh, topic, (value) => publisher.publish(up(topic), [value])),
    ]);
    await eventually(() => [...atRouter, ...inMesh].every(({ length }) => length > 10), {
      limitMs: 20_000,
    });
    const other = await startBridge();
    await until(async () => {
      const { toMesh, toRouter } = await other.health();
      return toMesh.crossed > 100 && toRouter.crossed > 100;
    }, 40_000);
    going = false;
    for (const [topic, both] of loads.entries()) {
      for (const [heard, load] of [
        [atRouter, both[0]],
        [inMesh, both[1]],
      ] as const) {
        const acknowledged = (await load) as number[];
        const arrived = heard[topic] as number[];
        await eventually(() => acknowledged.every((value) => arrived.includes(value)));
        expect(arrived).toEqual(firsts(arrived));
        expect(rising(arrived)).toBe(true);
      }
    }
  } finally {
    going = false;
    await leave(publisher);
  }
}, 180_000);
