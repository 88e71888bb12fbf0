import type { DemoResult } from './demo-result.ts';

/** What differs between the data and what the projections arrived at; empty when all is as it must be. */
export function differences({ expected, totals, traffic, options }: DemoResult): string[] {
  const compared: [string, number, number][] = [
    ['hours', totals.hours_completed, options.hours],
    ['homes', totals.homes, options.homes],
    ['measurements booked', totals.measurements, expected.measurements],
    ['production_wh', totals.production_wh, expected.productionWh],
    ['consumption_wh', totals.consumption_wh, expected.consumptionWh],
    ['measurements received once', totals.received - totals.duplicates, expected.measurements],
    ['events refused', traffic.refused + totals.refused, 0],
  ];
  return compared
    .filter(([, is, must]) => is !== must)
    .map(([what, is, must]) => `${what}: ${is}, where the data says ${must}`);
}
