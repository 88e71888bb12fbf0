import type { DemoSnapshot } from '../runner/demo-result.ts';
import { hourLabel } from '../simulation/calendar.ts';
import { count, kilowattHours } from './amounts.ts';
import type { DemoView } from './demo-view.ts';
import { latencyText } from './street-lines.ts';

/** One plain line for each time that hours were completed: for logs and pipes. */
export function progressLines(write: (text: string) => unknown): DemoView {
  let shown = -1;
  return {
    note: (text) => write(`${text}\n`),
    show(snapshot) {
      const { hours_completed: completed, hour_index: hour } = snapshot.totals;
      if (hour === null || completed === shown) return;
      shown = completed;
      write(`${progressLine(snapshot)}\n`);
    },
    close: () => undefined,
  };
}

function progressLine({ totals, options, messagesPerSecond }: DemoSnapshot): string {
  return [
    `${totals.hours_completed}/${options.hours} h`,
    hourLabel(totals.hour_index ?? options.from),
    `tariff $${totals.price_usd_per_kwh.toFixed(2)}/kWh`,
    `produced ${kilowattHours(totals.production_wh)}`,
    `consumed ${kilowattHours(totals.consumption_wh)}`,
    `contracts ${count(totals.contracts_signed)}`,
    `${count(messagesPerSecond)} messages/s`,
    latencyText(totals),
  ].join(' | ');
}
