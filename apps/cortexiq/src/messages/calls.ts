import { z } from 'zod';

const name = z.string().min(1).max(100);

/** Arguments of be.cortexiq.home.accept_contract. */
export const acceptContract = z.object({
  home_id: name,
  provider_id: name,
  /** USD per kWh. */
  rate: z.number().nonnegative(),
});
export type AcceptContract = z.infer<typeof acceptContract>;

/** Its answer: a declined offer leaves the contract that is named. */
export const acceptedContract = z.object({
  status: z.enum(['accepted', 'declined']),
  contract_id: name.nullable(),
});
export type AcceptedContract = z.infer<typeof acceptedContract>;

/** Arguments of be.cortexiq.home.get_status and be.cortexiq.query.home_totals. */
export const homeReference = z.object({ home_id: name });

const energy = z.object({
  measurements: z.int(),
  production_wh: z.int(),
  consumption_wh: z.int(),
  grid_import_wh: z.int(),
  grid_export_wh: z.int(),
  battery_charged_wh: z.int(),
  battery_discharged_wh: z.int(),
  /** What the homes paid, less what they were paid. */
  cost_usd: z.number(),
  /** What they would have paid at the tariff without sun and battery. */
  tariff_cost_usd: z.number(),
  co2_kg: z.number(),
  /** What it would have been without sun and battery. */
  grid_only_co2_kg: z.number(),
});
export type EnergyTotals = z.infer<typeof energy>;

/** Answer of be.cortexiq.query.home_totals. */
export const homeTotals = energy.extend({ home_id: name, provider_id: name.nullable() });
export type HomeTotals = z.infer<typeof homeTotals>;

/** Answer of be.cortexiq.query.system_totals. */
export const systemTotals = energy.extend({
  homes: z.int(),
  hours_completed: z.int(),
  /** The hour that the clock shows, or null before the first. */
  hour_index: z.int().nullable(),
  price_usd_per_kwh: z.number(),
  carbon_kg_per_kwh: z.number(),
  outdoor_c: z.number(),
  /** Measurements that arrived, repeated ones included. */
  received: z.int(),
  duplicates: z.int(),
  /** Measurements of other streets, or of hours that have not begun. */
  refused: z.int(),
  contracts_signed: z.int(),
  counter_offers_accepted: z.int(),
  /** How many homes each provider has now. */
  customers: z.record(z.string(), z.int()),
  /** From publishing to handling a measurement, milliseconds. */
  latency_ms: z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() }),
});
export type SystemTotals = z.infer<typeof systemTotals>;
