import type { Dataset } from './dataset.ts';
import { type HomeProfile, metersOf } from './home-scaling.ts';

/** Energy that was measured, in whole watt-hours. */
export interface MeasuredEnergy {
  readonly measurements: number;
  readonly productionWh: number;
  readonly consumptionWh: number;
}

/** What the meters of these homes add up to, straight from the data: what the projections must arrive at. */
export function directSum(
  dataset: Dataset,
  profiles: readonly HomeProfile[],
  from: number,
  hours: number,
): MeasuredEnergy {
  let productionWh = 0;
  let consumptionWh = 0;
  for (const profile of profiles) {
    const { productionW, consumptionW } = metersOf(dataset, profile, from, hours);
    productionWh += productionW.reduce((sum, watts) => sum + watts, 0);
    consumptionWh += consumptionW.reduce((sum, watts) => sum + watts, 0);
  }
  return { measurements: profiles.length * hours, productionWh, consumptionWh };
}
