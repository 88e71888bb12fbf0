import type { CataloguedHome } from './home-catalogue.ts';
import type { Dataset } from './dataset.ts';
import type { MeterSeries } from './meter-readings.ts';

/** A home of the demo: a real one, or a neighbour made from a real one. */
export interface HomeProfile extends CataloguedHome {
  /** Which real home's readings it has. */
  readonly source: number;
  /** Its readings in thousandths of the real ones, 700 to 1,300; 1,000 for the real homes. */
  readonly permille: number;
  /** By how many hours its readings lag behind, -2 to 2; 0 for the real homes. */
  readonly lagHours: number;
  /** The shortest contract that its people care to sign, hours; made up for all homes. */
  readonly leastTermHours: number;
}

/** How seldom people like to think of their contract, hours. */
const patience = [2, 3, 4, 6, 8, 12] as const;

/** The street: `count` homes, first the real ones, then neighbours made from them. The same for every run. */
export function homeProfiles(dataset: Dataset, count: number, seed = 1): HomeProfile[] {
  return Array.from({ length: count }, (_, index) => {
    const source = index % dataset.homes.length;
    const home = dataset.homes[source] as CataloguedHome;
    const leastTermHours = patience[scramble(seed, index, 2) % patience.length] as number;
    if (index < dataset.homes.length) {
      return { ...home, source, permille: 1_000, lagHours: 0, leastTermHours };
    }
    const permille = 700 + (scramble(seed, index, 0) % 601);
    const scale = permille / 1_000;
    return {
      id: neighbourId(index, dataset.homes),
      source,
      permille,
      lagHours: (scramble(seed, index, 1) % 5) - 2,
      leastTermHours,
      pvKw: home.pvKw * scale,
      batteryKwh: home.batteryKwh * scale,
      batteryKw: home.batteryKw * scale,
    };
  });
}

/** The readings of a home in `hours` hours from `from` on, in whole watts. Lags wrap around the ends of the data. */
export function metersOf(
  dataset: Dataset,
  profile: HomeProfile,
  from: number,
  hours: number,
): MeterSeries {
  const real = dataset.meters[profile.source] as MeterSeries;
  const window = (series: Int32Array): Int32Array =>
    Int32Array.from({ length: hours }, (_, index) => {
      const hour = wrapped(from + index - profile.lagHours, dataset.hours);
      return scaled(series[hour] as number, profile.permille);
    });
  return { consumptionW: window(real.consumptionW), productionW: window(real.productionW) };
}

function wrapped(hour: number, hours: number): number {
  return ((hour % hours) + hours) % hours;
}

function scaled(watts: number, permille: number): number {
  return Math.round((watts * permille) / 1_000);
}

/** `home_015`, and so on: the position in the street, unless a catalogued home is called so. */
function neighbourId(index: number, homes: readonly CataloguedHome[]): string {
  const id = `home_${String(index + 1).padStart(3, '0')}`;
  return homes.some((home) => home.id === id) ? `${id}_n` : id;
}

/** 32 well mixed bits of three numbers: the finalizer of MurmurHash3 (Appleby), once for each. */
function scramble(...numbers: number[]): number {
  let hash = 0x9e3779b9;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}
