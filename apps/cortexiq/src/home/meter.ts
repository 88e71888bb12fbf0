import type { MeterSeries } from '../data/meter-readings.ts';
import type { BatterySpec } from './battery.ts';

/** One home as its edge process is told of it: its people, its battery, and its meter for the hours of the demo. */
export interface HomeInstallation {
  readonly id: string;
  readonly battery: BatterySpec;
  readonly meter: MeterSeries;
  /** The shortest contract that these people care to sign, hours. */
  readonly leastTermHours: number;
}
