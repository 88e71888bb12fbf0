import type { Dataset } from '../data/dataset.ts';
import { directSum, type MeasuredEnergy } from '../data/direct-sum.ts';
import { type HomeProfile, homeProfiles, metersOf } from '../data/home-scaling.ts';
import type { HomeInstallation } from '../home/meter.ts';
import type { RoleSettings } from '../roles/role-settings.ts';
import { UnfitOptionError } from './demo-error.ts';
import type { DemoOptions } from './demo-options.ts';

/** A process to start. */
export interface PlannedProcess {
  readonly name: string;
  readonly settings: RoleSettings;
}

/** Who takes part, and what must come out. */
export interface DemoPlan {
  /** The seed first. */
  readonly processes: readonly PlannedProcess[];
  readonly expected: MeasuredEnergy;
}

/** Casts the demo. Throws UnfitOptionError when the data has fewer hours than are asked for. */
export function planDemo(dataset: Dataset, options: DemoOptions): DemoPlan {
  const { from, hours, homes, speed } = options;
  if (from + hours > dataset.hours) {
    throw new UnfitOptionError(
      `the data has ${dataset.hours} hours, from 0 on: ${hours} hours from hour ${from} on are not all there`,
    );
  }
  const profiles = homeProfiles(dataset, homes);
  return {
    processes: [
      { name: 'seed', settings: { role: 'seed' } },
      { name: 'projections', settings: { role: 'projections', from, homes } },
      { name: 'queries', settings: { role: 'queries' } },
      {
        name: 'utilities',
        settings: {
          role: 'utilities',
          tariff: dataset.grid.map(({ priceUsdPerKwh }) => priceUsdPerKwh),
        },
      },
      ...planEdges(dataset, profiles, options),
      {
        name: 'simulation',
        settings: { role: 'simulation', from, grid: dataset.grid.slice(from, from + hours), speed },
      },
    ],
    expected: directSum(dataset, profiles, from, hours),
  };
}

function planEdges(
  dataset: Dataset,
  profiles: readonly HomeProfile[],
  { from, hours, homesPerProcess }: DemoOptions,
): PlannedProcess[] {
  const edges = Math.ceil(profiles.length / homesPerProcess);
  // Evenly: 101 homes are 51 and 50, not 100 and one.
  const share = Math.ceil(profiles.length / edges);
  const nameAt = (index: number): string => `homes_${Math.floor(index / share) + 1}`;
  const edgeOf = new Map(profiles.map(({ id }, index) => [id, nameAt(index)]));
  const install = (profile: HomeProfile): HomeInstallation => ({
    id: profile.id,
    battery: { capacityWh: profile.batteryKwh * 1_000, powerW: profile.batteryKw * 1_000 },
    meter: metersOf(dataset, profile, from, hours),
    leastTermHours: profile.leastTermHours,
  });
  return Array.from({ length: edges }, (_, edge) => {
    const here = profiles.slice(edge * share, (edge + 1) * share);
    const name = nameAt(edge * share);
    return {
      name,
      settings: { role: 'homes' as const, edge: name, from, homes: here.map(install), edgeOf },
    };
  }).filter(({ settings }) => settings.homes.length > 0);
}
