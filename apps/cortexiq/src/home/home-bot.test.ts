import { describe, expect, it } from '@jest/globals';
import type { Offer } from '../provider/offer.ts';
import { HomeBot } from './home-bot.ts';

const battery = { capacityWh: 6_400, powerW: 5_000 };
const bot = (leastTermHours = 1): HomeBot => new HomeBot({ id: 'home_a', battery, leastTermHours });
const offer = (providerId: string, rate: number, feedInRate = 0, termHours = 3): Offer => ({
  providerId,
  rate,
  feedInRate,
  termHours,
});

describe('a home', () => {
  it('serves itself from sun and battery before it asks the grid, and balances every hour', () => {
    const home = bot();
    const hours = [
      [3_000, 500],
      [9_000, 500],
      [0, 2_000],
      [0, 6_000],
      [1_000, 1_000],
    ] as const;
    const measured = hours.map(([production, consumption], hour) =>
      home.measure(hour, production, consumption),
    );
    for (const one of measured) {
      const supply = one.productionW + one.gridImportW;
      expect(supply).toBe(one.consumptionW + one.gridExportW + one.batteryW);
      expect(Math.min(one.gridImportW, one.gridExportW)).toBe(0);
    }
    expect(measured.map(({ gridImportW }) => gridImportW)).toEqual([0, 0, 0, 1_601, 0]);
    expect(measured.map(({ gridExportW }) => gridExportW)).toEqual([0, 3_889, 0, 0, 0]);
    expect(measured.map(({ batteryW }) => batteryW)).toEqual([2_500, 4_611, -2_000, -4_399, 0]);
  });

  it('signs the cheapest offer, and is bound for its term', () => {
    const home = bot();
    const signing = home.choose(10, [offer('dear', 0.3), offer('cheap', 0.2), offer('mid', 0.25)]);
    expect(signing?.contract).toEqual({
      contractId: 'home_a-1',
      providerId: 'cheap',
      rate: 0.2,
      feedInRate: 0,
      endsBefore: 13,
    });
    expect(signing?.previousProviderId).toBeUndefined();
    expect(home.choose(12, [offer('cheaper', 0.1)])).toBeUndefined();
    expect(home.choose(13, [offer('cheaper', 0.1)])).toMatchObject({
      contract: { contractId: 'home_a-2', providerId: 'cheaper' },
      previousProviderId: 'cheap',
    });
  });

  it('that sells its sunshine looks at what it is paid', () => {
    const home = bot();
    const offers = [offer('cheap', 0.2, 0.05), offer('sunny', 0.24, 0.2)];
    expect(home.choose(0, offers)?.contract.providerId).toBe('cheap');
    for (let hour = 0; hour < 5; hour++) home.measure(hour, 9_000, 0);
    expect(home.choose(5, offers)?.contract.providerId).toBe('sunny');
  });

  it('chooses the same whatever the order of the offers', () => {
    const offers = [offer('b', 0.2), offer('a', 0.2), offer('c', 0.2)];
    expect(bot().choose(0, offers)?.contract.providerId).toBe('a');
    expect(bot().choose(0, offers.reverse())?.contract.providerId).toBe('a');
  });

  it('does not care for contracts shorter than its patience, unless there are no others', () => {
    const offers = [offer('short', 0.1, 0, 2), offer('long', 0.2, 0, 12)];
    expect(bot(6).choose(0, offers)?.contract.providerId).toBe('long');
    expect(bot(24).choose(0, offers)?.contract.providerId).toBe('short');
    expect(bot().choose(0, [])).toBeUndefined();
  });

  it('takes an offer made to it alone if that is cheaper, and keeps the rest of its contract', () => {
    const home = bot();
    expect(home.consider('early', 0.01)).toBeUndefined();
    home.choose(0, [offer('old', 0.3, 0.1, 6)]);
    expect(home.consider('new', 0.3)).toBeUndefined();
    expect(home.consider('new', 0.29)?.contract).toEqual({
      contractId: 'home_a-2',
      providerId: 'new',
      rate: 0.29,
      feedInRate: 0.1,
      endsBefore: 6,
    });
  });
});
