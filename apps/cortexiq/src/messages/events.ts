import { z } from 'zod';

const hourIndex = z.int().nonnegative();
const name = z.string().min(1).max(100);
const rate = z.number().nonnegative();
const watts = z.int().nonnegative();

/** be.cortexiq.simulation.time.advanced */
export const timeAdvanced = z.object({
  hour_index: hourIndex,
  /** When the hour begins, ISO 8601 local time. */
  timestamp: z.string(),
  price_usd_per_kwh: rate,
  carbon_kg_per_kwh: rate,
  outdoor_c: z.number(),
});
export type TimeAdvanced = z.infer<typeof timeAdvanced>;

/** be.cortexiq.provider.contract.offered */
export const contractOffered = z.object({
  hour_index: hourIndex,
  provider_id: name,
  /** USD per kWh from and to the grid. */
  rate,
  feed_in_rate: rate,
  term_hours: z.int().min(1),
  /** How many providers offer in this hour. */
  offers: z.int().min(1).max(1_000),
});
export type ContractOffered = z.infer<typeof contractOffered>;

/** be.cortexiq.home.contract.signed */
export const contractSigned = z.object({
  hour_index: hourIndex,
  home_id: name,
  contract_id: name,
  provider_id: name,
  rate,
  feed_in_rate: rate,
  /** The first hour that the contract does not cover. */
  ends_before: hourIndex,
  /** Whose customer the home was. */
  previous_provider_id: name.optional(),
  /** The home chose among offers, or took one that was made to it alone. */
  reason: z.enum(['chosen', 'counter_offer']),
});
export type ContractSigned = z.infer<typeof contractSigned>;

/** be.cortexiq.home.measured; mean watts over the hour, which are as many watt-hours. */
export const measured = z.object({
  home_id: name,
  hour_index: hourIndex,
  timestamp: z.string(),
  production_w: watts,
  consumption_w: watts,
  grid_import_w: watts,
  grid_export_w: watts,
  /** Into the battery; out of it when negative. */
  battery_w: z.int(),
  battery_wh: rate,
  provider_id: name,
  rate,
  feed_in_rate: rate,
  /** The machine's monotonic clock when it was published, milliseconds. */
  sent_at: z.number(),
});
export type Measured = z.infer<typeof measured>;

/** be.cortexiq.projection.hour.completed */
export const hourCompleted = z.object({ hour_index: hourIndex, measurements: z.int() });
export type HourCompleted = z.infer<typeof hourCompleted>;
