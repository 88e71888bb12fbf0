import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { noMetrics, silentLogger, systemClock, systemRandom } from '@macula/core';
import type { MaculaNode } from '@macula/node';
import { eventually } from '@macula/testkit';
import { createWampRouter, startWampServer, type WampServer } from '@macula/wamp';
import { BridgeFixture, meshRealm } from '../test/bridge-fixture.ts';
import { FoxRouter } from '../test/fox-router.ts';
import { until } from '../test/until.ts';
import { reading, topics, WampHomes } from '../test/wamp-homes.ts';

const homes = 40;
const hours = 24;
const rules = `
events:
  - router: be.cortexiq.**
    qos: 1
procedures:
  - router: be.cortexiq.**
    procedures: [be.cortexiq.home.get_status]
`;

const fixture = new BridgeFixture();
let router: FoxRouter;
let facade: WampServer | undefined;
let running: WampHomes | undefined;

beforeEach(async () => {
  router = await FoxRouter.start();
}, 300_000);

afterEach(async () => {
  await running?.stop();
  await facade?.stop();
  await fixture.stop();
  await router.kill();
});

interface Totals {
  measurements: number;
  production_w: number;
  consumption_w: number;
}

/** Lives through a day, hour by hour: the next one begins when every home's measurement of the last is there. */
async function day(projection: MaculaNode, from: number): Promise<Totals> {
  const totals: Totals = { measurements: 0, production_w: 0, consumption_w: 0 };
  const seen = new Set<string>();
  const subscription = await projection.subscribe(topics.measured, ({ args: [given] }) => {
    const measured = given as { home_id: string; hour_index: number } & ReturnType<typeof reading>;
    totals.measurements++;
    totals.production_w += measured.production_w;
    totals.consumption_w += measured.consumption_w;
    seen.add(`${measured.home_id}/${measured.hour_index}`);
  });
  // The first hour is told until the homes, wherever they are, have heard of it.
  const first = `home_${homes - 1}/${from - 1}`;
  await until(async () => {
    await projection.publish(topics.time, [from - 1], { qos: 1 });
    await eventually(() => seen.has(first), { limitMs: 300 }).catch(() => undefined);
    return (
      seen.has(first) && (await projection.call(topics.status, ['home_7']).catch(() => 0)) !== 0
    );
  }, 20_000);
  await eventually(() => totals.measurements % homes === 0);
  Object.assign(totals, { measurements: 0, production_w: 0, consumption_w: 0 });
  for (let hour = from; hour < from + hours; hour++) {
    await projection.publish(topics.time, [hour], { qos: 1 });
    await eventually(() => totals.measurements >= (hour - from + 1) * homes);
  }
  await subscription.unsubscribe();
  return totals;
}

function expected(from: number): Totals {
  const totals: Totals = { measurements: homes * hours, production_w: 0, consumption_w: 0 };
  for (let hour = from; hour < from + hours; hour++) {
    for (let home = 0; home < homes; home++) {
      const { production_w, consumption_w } = reading(home, hour);
      totals.production_w += production_w;
      totals.consumption_w += consumption_w;
    }
  }
  return totals;
}

test('homes on fox-wamp are accounted for in the mesh to the watt; then homes change their URL, and are again', async () => {
  const projection = await fixture.node();
  const edge = await fixture.node();
  const fox = { url: router.url, realm: router.realm, dialect: 'static' };
  const bridge = await fixture.bridge(fox, rules);
  await eventually(() => bridge.health().status === 'connected');

  running = await WampHomes.start(router.url, router.realm, homes);
  expect(await day(projection, 1)).toEqual(expected(1));
  expect(await projection.call(topics.status, ['home_7'])).toEqual([
    { home_id: 'home_7', alive: true },
  ]);
  expect(bridge.health().toMesh).toMatchObject({ dropped: 0, waiting: 0 });
  await running.stop();

  const base = { clock: systemClock, logger: silentLogger };
  const served = createWampRouter({
    mesh: edge,
    random: systemRandom,
    metrics: noMetrics,
    ...base,
  });
  facade = await startWampServer(served, { ...base, port: 0 });
  running = await WampHomes.start(`ws://127.0.0.1:${facade.port}/ws`, meshRealm, homes);
  const before = bridge.health().toMesh.crossed;
  expect(await day(projection, 100)).toEqual(expected(100));
  expect(bridge.health().toMesh.crossed).toBe(before);
}, 120_000);
