import { afterEach, describe, expect, it } from '@jest/globals';
import { SimulatedStreet } from '../../test/simulated-street.ts';
import { smallDataset } from '../../test/small-dataset.ts';
import { homeTotals, type SystemTotals, systemTotals } from '../messages/calls.ts';
import { procedures, topics } from '../messages/names.ts';

let street: SimulatedStreet;

async function open(...args: ConstructorParameters<typeof SimulatedStreet>): Promise<void> {
  street = new SimulatedStreet(...args);
  await street.open();
}

afterEach(async () => {
  expect(street.failures).toEqual([]);
  expect(await street.close()).toBe(0);
});

async function totals(): Promise<SystemTotals> {
  return systemTotals.parse(await street.call(procedures.systemTotals, {}));
}

async function expectExactTotals(): Promise<SystemTotals> {
  const { measurements, productionWh, consumptionWh } = street.plan.expected;
  const all = await totals();
  expect(all).toMatchObject({
    measurements,
    production_wh: productionWh,
    consumption_wh: consumptionWh,
    refused: 0,
  });
  return all;
}

describe('the street', () => {
  it('arrives at the sums of the data, and balances', async () => {
    await open(smallDataset(), { homes: 9, hours: 24, from: 3 });
    await street.run();
    const all = await expectExactTotals();
    expect(all).toMatchObject({ homes: 9, hours_completed: 24, hour_index: 26, duplicates: 0 });
    expect(all.production_wh + all.grid_import_wh + all.battery_discharged_wh).toBe(
      all.consumption_wh + all.grid_export_wh + all.battery_charged_wh,
    );
    expect(Object.values(all.customers).reduce((sum, homes) => sum + homes, 0)).toBe(9);
    expect(all.contracts_signed).toBeGreaterThan(9);
    expect(all.cost_usd).toBeLessThan(all.tariff_cost_usd);
  }, 60_000);

  it('is a mesh of thirty, where nobody holds everything, when it is told to', async () => {
    await open(smallDataset(), { homes: 24, hours: 2, processes: 30 });
    const healths = [...street.actors.values()].map(({ node }) => node.health());
    expect(healths.map(({ directory }) => directory.local)).not.toContain(true);
    await street.run();
    await expectExactTotals();
  }, 60_000);

  it('comes out the same at any speed, and with homes in any number of processes', async () => {
    const outcomes: unknown[] = [];
    for (const options of [
      { speed: Infinity, homesPerProcess: 100 },
      { speed: 100, homesPerProcess: 3 },
    ]) {
      await open(smallDataset(), { homes: 7, hours: 24, ...options });
      await street.run();
      outcomes.push({ ...(await expectExactTotals()), latency_ms: 'depends on the network' });
      if (outcomes.length === 1) expect(await street.close()).toBe(0);
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  }, 60_000);

  it('loses nothing and counts nothing twice where packets are lost, doubled and late', async () => {
    await open(
      smallDataset(),
      { homes: 12, hours: 12, homesPerProcess: 4 },
      { loss: 0.05, duplication: 0.05, reordering: 0.1, latencyMs: 5 },
    );
    await street.run();
    await expectExactTotals();
  }, 60_000);

  it('takes its time at a pace: an hour every half second at 2 hours per second', async () => {
    await open(smallDataset(), { homes: 2, hours: 5, speed: 2 });
    const began = street.clock.now();
    await street.run();
    const took = street.clock.now() - began;
    expect(took).toBeGreaterThanOrEqual(2_000);
    expect(took).toBeLessThan(2_500);
    await expectExactTotals();
  }, 60_000);

  it('does without its seed once everybody has met', async () => {
    await open(smallDataset(), { homes: 4, hours: 24, homesPerProcess: 2 });
    street.crash('seed');
    await street.run();
    const all = systemTotals.parse(await street.call(procedures.systemTotals, {}, 'utilities'));
    expect(all.production_wh).toBe(street.plan.expected.productionWh);
    expect(all.measurements).toBe(4 * 24);
  }, 60_000);

  it('asks again for an hour that a cut kept incomplete', async () => {
    await open(smallDataset(), { homes: 4, hours: 6, speed: 2, homesPerProcess: 2 });
    const edge = street.actor('homes_2').node.id;
    const books = street.actor('projections').node.id;
    const running = street.actor('simulation').role.run?.();
    await street.clock.advance(1_200);
    street.network.partition(edge, books);
    await street.clock.advance(4_000);
    street.network.heal();
    await street.clock.complete(running!, { limitMs: 120_000 });
    await expectExactTotals();
  }, 60_000);
});

describe('an hour that is told again', () => {
  it('is published again by all homes, and booked once', async () => {
    await open(smallDataset(), { homes: 6, hours: 3, homesPerProcess: 3 });
    await street.run();
    const last = {
      hour_index: 2,
      timestamp: '2016-08-01T01:00:00',
      price_usd_per_kwh: 0.22,
      carbon_kg_per_kwh: 0.2,
      outdoor_c: 20,
    };
    const { node } = street.actor('simulation');
    for (const time of [last, { ...last, hour_index: 0 }, { ...last, hour_index: 9 }]) {
      await street.clock.complete(node.publish(topics.timeAdvanced, time, { qos: 1 }));
      await street.clock.advance(100);
    }
    expect(await expectExactTotals()).toMatchObject({ received: 24, duplicates: 6 });
  }, 60_000);
});

describe('calls to homes', () => {
  it('reach a home behind any edge, whichever edge answers first', async () => {
    await open(smallDataset(), { homes: 6, hours: 2, homesPerProcess: 2 });
    await street.run();
    const ids = ['home_a', 'home_b', 'home_003', 'home_004', 'home_005', 'home_006'];
    for (const id of [...ids, ...ids]) {
      const status = await street.call(procedures.getStatus, { home_id: id });
      expect(status).toMatchObject({ home_id: id, hour_index: 1 });
    }
  }, 60_000);

  it('let a person accept a contract, and decline what is no better', async () => {
    await open(smallDataset(), { homes: 4, hours: 1, homesPerProcess: 2 });
    await street.run();
    const offer = { home_id: 'home_004', provider_id: 'friend', rate: 0.01 };
    const accepted = await street.call(procedures.acceptContract, offer);
    expect(accepted).toEqual({ status: 'accepted', contract_id: 'home_004-2' });
    const declined = await street.call(procedures.acceptContract, { ...offer, rate: 0.5 });
    expect(declined).toEqual({ status: 'declined', contract_id: 'home_004-2' });
    await street.clock.advance(100);
    const totals = await street.call(procedures.homeTotals, { home_id: 'home_004' });
    expect(homeTotals.parse(totals).provider_id).toBe('friend');
  }, 60_000);

  it.each([
    [procedures.getStatus, { home_id: 'nobody' }, 'be.cortexiq.error.no_such_home'],
    [procedures.homeTotals, { home_id: 'nobody' }, 'be.cortexiq.error.no_such_home'],
    [procedures.getStatus, { home: 1 }, 'wamp.error.invalid_argument'],
    [
      procedures.acceptContract,
      { home_id: 'home_a', provider_id: 'p', rate: 'cheap' },
      'wamp.error.invalid_argument',
    ],
  ])(
    '%s with %j are refused with %s',
    async (procedure, value, uri) => {
      await open(smallDataset(), { homes: 2, hours: 1 });
      await expect(street.call(procedure, value)).rejects.toMatchObject({ uri });
    },
    60_000,
  );
});

describe('events that do not say what they should', () => {
  it('are counted and change nothing', async () => {
    await open(smallDataset(), { homes: 2, hours: 3 });
    const { node } = street.actor('utilities');
    for (const topic of Object.values(topics)) {
      await street.clock.complete(node.publish(topic, { home_id: 7 }, { qos: 1 }));
      await street.clock.complete(node.publish(topic, 'nonsense', { qos: 1 }));
    }
    await street.run();
    await expectExactTotals();
    expect(street.actor('projections').traffic.counts().refused).toBe(6);
    expect(street.actor('homes_1').traffic.counts().refused).toBe(4);
  }, 60_000);
});
