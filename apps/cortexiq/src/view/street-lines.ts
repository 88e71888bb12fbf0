import type { SystemTotals } from '../messages/calls.ts';
import { providers } from '../provider/provider.ts';
import { count, dollars, kilograms, kilowattHours, milliseconds } from './amounts.ts';
import type { Palette } from './palette.ts';

const names = new Map(providers.map(({ id, name }) => [id, name]));
/** How many providers are named; the others are summed up. */
const namedProviders = 4;

/** The street's totals, a line each: for the live table and for the summary. */
export function streetLines(totals: SystemTotals, palette: Palette): string[] {
  const row = (label: string, value: string, remark = ''): string =>
    `  ${palette.dim(label.padEnd(16))}${value.padStart(14)}   ${palette.dim(remark)}`.trimEnd();
  const { dim, green } = palette;
  return [
    row('Produced', green(kilowattHours(totals.production_wh).padStart(14))),
    row('Consumed', kilowattHours(totals.consumption_wh)),
    row('From the grid', kilowattHours(totals.grid_import_wh)),
    row('To the grid', kilowattHours(totals.grid_export_wh)),
    row(
      'Batteries',
      kilowattHours(totals.battery_charged_wh),
      `charged, ${kilowattHours(totals.battery_discharged_wh)} discharged`,
    ),
    row(
      'Cost',
      dollars(totals.cost_usd),
      `instead of ${dollars(totals.tariff_cost_usd)} without sun, battery and choice`,
    ),
    row('CO2', kilograms(totals.co2_kg), `instead of ${kilograms(totals.grid_only_co2_kg)}`),
    row(
      'Contracts',
      count(totals.contracts_signed),
      `signed, ${count(totals.counter_offers_accepted)} after a counter-offer`,
    ),
    `  ${dim('Providers'.padEnd(16))}${customers(totals.customers)}`,
  ];
}

/** How long measurements took, in one line. */
export function latencyText({ latency_ms: latency }: SystemTotals): string {
  return `p50 ${milliseconds(latency.p50)}, p99 ${milliseconds(latency.p99)}`;
}

function customers(homes: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(homes).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const named = sorted
    .slice(0, namedProviders)
    .map(([id, number]) => `${names.get(id) ?? id} ${count(number)}`);
  const others = sorted.slice(namedProviders).reduce((sum, [, number]) => sum + number, 0);
  return [...named, ...(others > 0 ? [`others ${count(others)}`] : [])].join(' · ');
}
