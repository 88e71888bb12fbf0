import type { DemoResult } from '../src/runner/demo-result.ts';

/** How a small demo came out. */
export function someResult(change: Partial<DemoResult> = {}): DemoResult {
  return {
    options: { homes: 2, hours: 24, from: 0, speed: 1, data: 'data', homesPerProcess: 100 },
    totals: {
      measurements: 48,
      production_wh: 30_000,
      consumption_wh: 1_234_567,
      grid_import_wh: 900_000,
      grid_export_wh: 5_000,
      battery_charged_wh: 10_000,
      battery_discharged_wh: 8_500,
      cost_usd: -1.5,
      tariff_cost_usd: 400.25,
      co2_kg: 180,
      grid_only_co2_kg: 250.123,
      homes: 2,
      hours_completed: 24,
      hour_index: 23,
      price_usd_per_kwh: 0.54,
      carbon_kg_per_kwh: 0.241,
      outdoor_c: 31.5,
      received: 48,
      duplicates: 0,
      refused: 0,
      contracts_signed: 7,
      counter_offers_accepted: 1,
      customers: {
        provider_01: 1,
        provider_09: 5,
        provider_10: 2,
        provider_11: 4,
        unknown: 3,
        z: 1,
      },
      latency_ms: { p50: 0.5, p90: 1, p99: 2.25, max: 3 },
    },
    traffic: {
      published: 500,
      measurements: 48,
      delivered: 1_500,
      refused: 0,
      callsMade: 9,
      callsServed: 9,
    },
    messagesPerSecond: 750.4,
    elapsedMs: 2_000,
    expected: { measurements: 48, productionWh: 30_000, consumptionWh: 1_234_567 },
    processes: { runner: 1, seed: 2, homes_1: 3 },
    ...change,
  };
}
