import { describe, expect, it } from '@jest/globals';
import { smallDataset } from '../../test/small-dataset.ts';
import { directSum } from './direct-sum.ts';
import { homeProfiles, metersOf } from './home-scaling.ts';

const dataset = smallDataset();

describe('a street of more homes than were measured', () => {
  it('begins with the measured ones, as they are', () => {
    const [first, second] = homeProfiles(dataset, 20);
    expect([first!.id, second!.id]).toEqual(['home_a', 'home_b']);
    expect(metersOf(dataset, first!, 0, 48)).toEqual(dataset.meters[0]);
    expect(metersOf(dataset, second!, 5, 3).consumptionW).toEqual(Int32Array.of(705, 706, 707));
  });

  it('is the same every time, and another one for another seed', () => {
    expect(homeProfiles(dataset, 500)).toEqual(homeProfiles(dataset, 500));
    expect(homeProfiles(dataset, 500, 2)).not.toEqual(homeProfiles(dataset, 500));
  });

  it('does not change the homes that were there when it grows', () => {
    expect(homeProfiles(dataset, 500).slice(0, 50)).toEqual(homeProfiles(dataset, 50));
  });

  it('gives every home its own ID, also where a measured one has a name like a neighbour', () => {
    const [a, b] = dataset.homes;
    const renamed = { ...dataset, homes: [a!, { ...b!, id: 'home_003' }] };
    const ids = homeProfiles(renamed, 200).map(({ id }) => id);
    expect(new Set(ids).size).toBe(200);
  });

  it('scales by 0.7 to 1.3 and shifts by up to two hours', () => {
    const neighbours = homeProfiles(dataset, 1_000).slice(2);
    const factors = neighbours.map(({ permille }) => permille);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(700);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1_300);
    expect(new Set(neighbours.map(({ lagHours }) => lagHours))).toEqual(new Set([-2, -1, 0, 1, 2]));
    expect(new Set(factors).size).toBeGreaterThan(300);
  });

  it('has readings that lag, in whole watts, and wrap around the ends of the data', () => {
    const [, home] = homeProfiles(dataset, 2);
    const late = metersOf(dataset, { ...home!, permille: 1_001, lagHours: 2 }, 0, 4);
    expect([...late.consumptionW]).toEqual([747, 748, 701, 702]);
    const early = metersOf(dataset, { ...home!, lagHours: -2 }, 45, 3);
    expect([...early.consumptionW]).toEqual([747, 700, 701]);
  });

  it('has batteries and plants of its scale', () => {
    for (const home of homeProfiles(dataset, 100)) {
      const real = dataset.homes[home.source]!;
      expect(home.batteryKwh).toBeCloseTo((real.batteryKwh * home.permille) / 1_000, 9);
    }
  });

  it('sums up home by home', () => {
    const profiles = homeProfiles(dataset, 30);
    const alone = profiles.map((profile) => directSum(dataset, [profile], 3, 24));
    const total = alone.reduce((sum, { productionWh }) => sum + productionWh, 0);
    expect(directSum(dataset, profiles, 3, 24).productionWh).toBe(total);
  });
});
