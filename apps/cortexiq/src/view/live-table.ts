import type { DemoSnapshot } from '../runner/demo-result.ts';
import { hourLabel } from '../simulation/calendar.ts';
import { count } from './amounts.ts';
import type { DemoView } from './demo-view.ts';
import type { Palette } from './palette.ts';
import { Screen, type Terminal } from './screen.ts';
import { latencyText, streetLines } from './street-lines.ts';

const barWidth = 30;

/** The street on a terminal, redrawn in place. */
export function liveTable(terminal: Terminal, palette: Palette): DemoView {
  const screen = new Screen(terminal);
  return {
    note: (text) => screen.note(palette.dim(text)),
    show: (snapshot) => screen.draw(tableLines(snapshot, palette)),
    close: () => screen.close(),
  };
}

/** The picture, line by line. */
export function tableLines(snapshot: DemoSnapshot, palette: Palette): string[] {
  const { totals, options, traffic, messagesPerSecond } = snapshot;
  const { bold, dim, green, yellow } = palette;
  const done = Math.round((totals.hours_completed / options.hours) * barWidth);
  const bar = green('█'.repeat(done)) + dim('░'.repeat(barWidth - done));
  const hour = totals.hour_index ?? options.from;
  return [
    '',
    `  ${bold(hourLabel(hour).padEnd(14))}${bar}  hour ${totals.hours_completed} of ${options.hours}`,
    `  ${count(options.homes)} homes${dim(' · tariff ')}${yellow(`$${totals.price_usd_per_kwh.toFixed(2)}/kWh`)}` +
      dim(
        ` · grid ${Math.round(totals.carbon_kg_per_kwh * 1_000)} g CO2/kWh · ${totals.outdoor_c.toFixed(1)} °C`,
      ),
    '',
    ...streetLines(totals, palette),
    '',
    `  ${dim('Messages'.padEnd(16))}${count(messagesPerSecond)}/s, ${count(traffic.delivered)} in all`,
    `  ${dim('Delivery'.padEnd(16))}${latencyText(totals)}`,
    '',
  ];
}
