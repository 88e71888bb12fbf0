import type { Dataset } from '../src/data/dataset.ts';

/** Two homes over two days: one with sun and battery, one with neither. Numbers follow a rule, so that sums can be checked by hand. */
export function smallDataset(hours = 48): Dataset {
  const series = (watts: (hour: number) => number): Int32Array =>
    Int32Array.from({ length: hours }, (_, hour) => watts(hour));
  return {
    hours,
    homes: [
      { id: 'home_a', pvKw: 4, batteryKwh: 6.4, batteryKw: 5 },
      { id: 'home_b', pvKw: 0, batteryKwh: 0, batteryKw: 0 },
    ],
    meters: [
      {
        productionW: series((hour) => (hour % 24 >= 8 && hour % 24 < 18 ? 3_000 : 0)),
        consumptionW: series((hour) => 500 + 10 * (hour % 24)),
      },
      { productionW: series(() => 0), consumptionW: series((hour) => 700 + hour) },
    ],
    grid: Array.from({ length: hours }, (_, hour) => ({
      priceUsdPerKwh: hour % 24 >= 16 && hour % 24 < 21 ? 0.54 : 0.22,
      carbonKgPerKwh: 0.2,
      outdoorC: 20,
      diffuseWM2: 0,
      directWM2: 0,
    })),
  };
}
