import type { Dataset } from '../data/dataset.ts';
import { directSum, type MeasuredEnergy } from '../data/direct-sum.ts';
import { type HomeProfile, homeProfiles, metersOf } from '../data/home-scaling.ts';
import type { HomeInstallation } from '../home/meter.ts';
import type { RoleSettings } from '../roles/role-settings.ts';
import { UnfitOptionError } from './demo-error.ts';
import type { DemoOptions, HomesOn } from './demo-options.ts';

/** A process to start. */
export interface PlannedProcess {
  readonly name: string;
  readonly settings: RoleSettings;
}

/** Who takes part, and what must come out. */
export interface DemoPlan {
  /** The seed first. */
  readonly processes: readonly PlannedProcess[];
  readonly homesOn: HomesOn;
  readonly expected: MeasuredEnergy;
}

/** The runner, the seed, projections, queries, utilities and the simulation. */
const processesBesideEdges = 6;

/** As many as the bundled data has. */
const realHomes = 14;

/**
 * Casts the demo. Throws UnfitOptionError when the data has fewer hours than are asked for, or the homes do not go into
 * the processes.
 */
export function planDemo(dataset: Dataset, options: DemoOptions): DemoPlan {
  const { from, hours, homes, speed, homesOn } = options;
  if (from + hours > dataset.hours) {
    throw new UnfitOptionError(
      `the data has ${dataset.hours} hours, from 0 on: ${hours} hours from hour ${from} on are not all there`,
    );
  }
  const profiles = homeProfiles(dataset, homes);
  return {
    processes: [
      { name: 'seed', settings: { role: 'seed' } },
      ...(homesOn === 'facade' ? [{ name: 'facade', settings: { role: 'facade' as const } }] : []),
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
    homesOn,
    expected: directSum(dataset, profiles, from, hours),
  };
}

function planEdges(
  dataset: Dataset,
  profiles: readonly HomeProfile[],
  options: DemoOptions,
): PlannedProcess[] {
  const { from, hours } = options;
  const edges = edgesFor(profiles.length, options);
  // Evenly: 101 homes are 50 and 51, not 100 and one.
  const firstOf = (edge: number): number => Math.floor((edge * profiles.length) / edges);
  const nameOf = (edge: number): string => `homes_${edge + 1}`;
  const spread = Array.from({ length: edges }, (_, edge) =>
    profiles.slice(firstOf(edge), firstOf(edge + 1)),
  );
  const edgeOf = new Map(
    spread.flatMap((here, edge) => here.map(({ id }) => [id, nameOf(edge)] as const)),
  );
  const install = (profile: HomeProfile): HomeInstallation => ({
    id: profile.id,
    battery: { capacityWh: profile.batteryKwh * 1_000, powerW: profile.batteryKw * 1_000 },
    meter: metersOf(dataset, profile, from, hours),
    leastTermHours: profile.leastTermHours,
  });
  return spread.map((here, edge) => {
    const name = nameOf(edge);
    const homes = here.map(install);
    return { name, settings: { role: 'homes' as const, edge: name, from, homes, edgeOf } };
  });
}

/** The real homes; more when that leaves one of `processes` without any. */
export function defaultHomes(processes = 0): number {
  return Math.max(realHomes, processes - processesBesideEdges);
}

/** How many processes stand for homes. Throws UnfitOptionError when the homes do not go into that many. */
function edgesFor(homes: number, { processes, homesPerProcess }: DemoOptions): number {
  if (processes === undefined) return Math.ceil(homes / homesPerProcess);
  const edges = processes - processesBesideEdges;
  if (edges >= 1 && homes >= edges && homes <= edges * homesPerProcess) return edges;
  throw new UnfitOptionError(
    `${processes} processes are ${edges} for homes and ${processesBesideEdges} for everything else: ${homes} homes do not spread over them with 1 to ${homesPerProcess} behind each`,
  );
}
