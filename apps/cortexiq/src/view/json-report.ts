import type { DemoResult } from '../runner/demo-result.ts';

/** What `--json` prints; the README describes the fields. */
export function jsonReport(result: DemoResult): Record<string, unknown> {
  const { options, totals, traffic, expected, processes, elapsedMs, messagesPerSecond } = result;
  return {
    hours: totals.hours_completed,
    from: options.from,
    homes: totals.homes,
    homes_on: options.homesOn,
    speed: options.speed === Infinity ? 'max' : options.speed,
    measurements_published: traffic.measurements,
    measurements_received: totals.received,
    duplicates: totals.duplicates,
    production_wh: totals.production_wh,
    consumption_wh: totals.consumption_wh,
    expected_production_wh: expected.productionWh,
    expected_consumption_wh: expected.consumptionWh,
    grid_import_wh: totals.grid_import_wh,
    grid_export_wh: totals.grid_export_wh,
    battery_charged_wh: totals.battery_charged_wh,
    battery_discharged_wh: totals.battery_discharged_wh,
    cost_usd: round(totals.cost_usd, 7),
    tariff_cost_usd: round(totals.tariff_cost_usd, 7),
    co2_kg: round(totals.co2_kg, 8),
    grid_only_co2_kg: round(totals.grid_only_co2_kg, 8),
    contracts_signed: totals.contracts_signed,
    counter_offers_accepted: totals.counter_offers_accepted,
    customers: totals.customers,
    latency_ms: {
      p50: round(totals.latency_ms.p50, 3),
      p90: round(totals.latency_ms.p90, 3),
      p99: round(totals.latency_ms.p99, 3),
      max: round(totals.latency_ms.max, 3),
    },
    events_published: traffic.published,
    events_delivered: traffic.delivered,
    calls: traffic.callsMade,
    seconds: round(elapsedMs / 1_000, 3),
    messages_per_second: Math.round(messagesPerSecond),
    processes: Object.keys(processes).length,
    process_ids: processes,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
