import { describe, expect, it } from '@jest/globals';
import type { ContractSigned, Measured, TimeAdvanced } from '../messages/events.ts';
import { Projection } from './projection.ts';

const time = (hour: number, price = 0.5, carbon = 0.2): TimeAdvanced => ({
  hour_index: hour,
  timestamp: '2016-08-01T00:00:00',
  price_usd_per_kwh: price,
  carbon_kg_per_kwh: carbon,
  outdoor_c: 20,
});

const measured = (home: string, hour: number, change: Partial<Measured> = {}): Measured => ({
  home_id: home,
  hour_index: hour,
  timestamp: '2016-08-01T00:00:00',
  production_w: 300,
  consumption_w: 1_000,
  grid_import_w: 600,
  grid_export_w: 0,
  battery_w: -100,
  battery_wh: 50,
  provider_id: 'p',
  rate: 0.4,
  feed_in_rate: 0.1,
  sent_at: 0,
  ...change,
});

const signed = (
  home: string,
  number: number,
  change: Partial<ContractSigned> = {},
): ContractSigned => ({
  hour_index: 0,
  home_id: home,
  contract_id: `${home}-${number}`,
  provider_id: 'p',
  rate: 0.4,
  feed_in_rate: 0.1,
  ends_before: 3,
  reason: 'chosen',
  ...change,
});

const street = (homes = 2): Projection => new Projection({ homes, from: 0 });

describe('the books', () => {
  it('sum up energy, money and CO2', () => {
    const books = street();
    books.timeAdvanced(time(0));
    books.measured(measured('a', 0), 1);
    books.measured(
      measured('b', 0, {
        production_w: 5_000,
        grid_import_w: 0,
        grid_export_w: 2_000,
        battery_w: 2_000,
      }),
      1,
    );
    expect(books.systemTotals()).toMatchObject({
      measurements: 2,
      production_wh: 5_300,
      consumption_wh: 2_000,
      grid_import_wh: 600,
      grid_export_wh: 2_000,
      battery_charged_wh: 2_000,
      battery_discharged_wh: 100,
      cost_usd: 0.04,
      tariff_cost_usd: 1,
      co2_kg: 0.12,
      grid_only_co2_kg: 0.4,
      homes: 2,
      hours_completed: 1,
      hour_index: 0,
    });
    expect(books.homeTotals('a')).toMatchObject({
      home_id: 'a',
      cost_usd: 0.24,
      provider_id: null,
    });
    expect(books.homeTotals('c')).toBeUndefined();
  });

  it('are complete for an hour with its last measurement, whatever came first', () => {
    const books = street();
    expect(books.measured(measured('a', 0), 1)).toBe(false);
    expect(books.timeAdvanced(time(0))).toBe(false);
    expect(books.measured(measured('b', 0), 1)).toBe(true);
    expect(books.measured(measured('b', 1), 1)).toBe(false);
    expect(books.measured(measured('a', 1), 1)).toBe(false);
    expect(books.timeAdvanced(time(1))).toBe(true);
    expect(books.systemTotals()).toMatchObject({ measurements: 4, hours_completed: 2 });
  });

  it('charge an hour its own tariff and carbon, also when measurements overtake the clock', () => {
    const books = street(1);
    books.measured(measured('a', 0), 1);
    books.timeAdvanced(time(0, 0.5, 0.2));
    books.measured(measured('a', 1), 1);
    books.timeAdvanced(time(1, 0.1, 0.4));
    expect(books.systemTotals()).toMatchObject({ tariff_cost_usd: 0.6, co2_kg: 0.36 });
  });

  it('count what comes twice, and book it once', () => {
    const books = street();
    books.timeAdvanced(time(0));
    books.measured(measured('a', 0), 1);
    books.measured(measured('a', 0), 1);
    books.measured(measured('b', 0), 1);
    books.measured(measured('b', 0), 1);
    expect(books.systemTotals()).toMatchObject({ measurements: 2, received: 4, duplicates: 2 });
  });

  it('say again that an hour is complete when the clock shows it again', () => {
    const books = street(1);
    books.timeAdvanced(time(0));
    books.measured(measured('a', 0), 1);
    expect(books.timeAdvanced(time(0))).toBe(true);
    expect(books.timeAdvanced(time(1))).toBe(false);
    expect(books.timeAdvanced(time(5))).toBe(false);
  });

  it('refuse other streets’ homes, and hours that have not begun', () => {
    const books = street(1);
    books.timeAdvanced(time(0));
    books.measured(measured('a', 0), 1);
    books.timeAdvanced(time(1));
    books.measured(measured('stranger', 1), 1);
    books.measured(measured('a', 7), 1);
    expect(books.systemTotals()).toMatchObject({ measurements: 1, refused: 2, duplicates: 0 });
  });

  it('know who is whose customer', () => {
    const books = street();
    books.timeAdvanced(time(0));
    books.measured(measured('a', 0), 1);
    books.contractSigned(signed('a', 1));
    books.contractSigned(signed('b', 1));
    books.contractSigned(signed('b', 1));
    books.contractSigned(signed('a', 2, { provider_id: 'q', reason: 'counter_offer' }));
    books.contractSigned(signed('stranger', 1));
    expect(books.systemTotals()).toMatchObject({
      contracts_signed: 3,
      counter_offers_accepted: 1,
      customers: { p: 1, q: 1 },
    });
    expect(books.homeTotals('a')?.provider_id).toBe('q');
  });

  it('do not depend on the order of arrival', () => {
    const homes = Array.from({ length: 50 }, (_, index) =>
      measured(`home_${index}`, 0, { rate: 0.1 + index / 1_000, grid_import_w: 601 + 7 * index }),
    );
    const totals = [homes, homes.toReversed()].map((order) => {
      const books = street(50);
      books.timeAdvanced(time(0, 0.22, 0.17072));
      for (const one of order) books.measured(one, 1);
      return books.systemTotals();
    });
    expect(totals[0]).toEqual(totals[1]);
  });
});
