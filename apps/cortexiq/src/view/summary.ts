import type { DemoResult } from '../runner/demo-result.ts';
import { count } from './amounts.ts';
import type { Palette } from './palette.ts';
import { latencyText, streetLines } from './street-lines.ts';

/** What is told at the end, to people. */
export function summary(result: DemoResult, palette: Palette): string {
  const { totals, traffic, processes, elapsedMs, messagesPerSecond } = result;
  const { bold, dim, green } = palette;
  const seconds = (elapsedMs / 1_000).toFixed(1);
  const people = `${count(totals.homes)} homes, ${count(totals.hours_completed)} hours`;
  return [
    '',
    bold(`  ${people}, in ${Object.keys(processes).length} processes and ${seconds} s`),
    '',
    ...streetLines(totals, palette),
    '',
    `  ${dim('Measurements'.padEnd(16))}${count(traffic.measurements)} published, ${count(totals.received)} received, ${count(totals.duplicates)} twice`,
    `  ${dim('Messages'.padEnd(16))}${count(traffic.delivered)} delivered, ${count(messagesPerSecond)}/s`,
    `  ${dim('Delivery'.padEnd(16))}${latencyText(totals)}`,
    '',
    green(
      `  ✓ The totals are the sum over the data, to the watt-hour: ${count(totals.production_wh)} Wh produced, ${count(totals.consumption_wh)} Wh consumed.`,
    ),
    '',
  ].join('\n');
}
