import type { MeasuredEnergy } from '../data/direct-sum.ts';
import type { SystemTotals } from '../messages/calls.ts';
import type { TrafficCounts } from '../roles/traffic.ts';
import type { DemoOptions } from './demo-options.ts';

/** How things stand, a few times a second. */
export interface DemoSnapshot {
  readonly options: DemoOptions;
  readonly totals: SystemTotals;
  readonly traffic: TrafficCounts;
  /** Events delivered per second, of late. */
  readonly messagesPerSecond: number;
  /** Since the first hour began. */
  readonly elapsedMs: number;
}

/** How the demo came out. */
export interface DemoResult extends DemoSnapshot {
  readonly expected: MeasuredEnergy;
  /** Process IDs by name; the runner's own node, which asked for the totals, is called `runner`. */
  readonly processes: Readonly<Record<string, number>>;
}
