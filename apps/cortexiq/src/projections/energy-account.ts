import type { EnergyTotals } from '../messages/calls.ts';
import type { Measured } from '../messages/events.ts';
import { rateSteps } from '../provider/pricing.ts';

/** What the grid asks for its electricity in an hour. */
export interface GridConditions {
  readonly priceUsdPerKwh: number;
  readonly carbonKgPerKwh: number;
}

/** Carbon intensity in steps of a hundred-thousandth of a kilogram per kWh, as the data has it. */
const carbonSteps = 100_000;

/**
 * Sums over measurements. Everything is added up in whole numbers: watt-hours, and rates and intensities in their
 * smallest steps, so that the result does not depend on the order of arrival.
 */
export class EnergyAccount {
  #measurements = 0;
  #productionWh = 0;
  #consumptionWh = 0;
  #importWh = 0;
  #exportWh = 0;
  #chargedWh = 0;
  #dischargedWh = 0;
  #cost = 0;
  #tariffCost = 0;
  #co2 = 0;
  #gridOnlyCo2 = 0;

  add(measured: Measured, grid: GridConditions): void {
    this.#measurements++;
    this.#productionWh += measured.production_w;
    this.#consumptionWh += measured.consumption_w;
    this.#importWh += measured.grid_import_w;
    this.#exportWh += measured.grid_export_w;
    this.#chargedWh += Math.max(measured.battery_w, 0);
    this.#dischargedWh += Math.max(-measured.battery_w, 0);
    this.#cost +=
      measured.grid_import_w * steps(measured.rate) -
      measured.grid_export_w * steps(measured.feed_in_rate);
    this.#tariffCost += measured.consumption_w * steps(grid.priceUsdPerKwh);
    const carbon = Math.round(grid.carbonKgPerKwh * carbonSteps);
    this.#co2 += measured.grid_import_w * carbon;
    this.#gridOnlyCo2 += measured.consumption_w * carbon;
  }

  totals(): EnergyTotals {
    return {
      measurements: this.#measurements,
      production_wh: this.#productionWh,
      consumption_wh: this.#consumptionWh,
      grid_import_wh: this.#importWh,
      grid_export_wh: this.#exportWh,
      battery_charged_wh: this.#chargedWh,
      battery_discharged_wh: this.#dischargedWh,
      cost_usd: this.#cost / (1_000 * rateSteps),
      tariff_cost_usd: this.#tariffCost / (1_000 * rateSteps),
      co2_kg: this.#co2 / (1_000 * carbonSteps),
      grid_only_co2_kg: this.#gridOnlyCo2 / (1_000 * carbonSteps),
    };
  }
}

function steps(rate: number): number {
  return Math.round(rate * rateSteps);
}
