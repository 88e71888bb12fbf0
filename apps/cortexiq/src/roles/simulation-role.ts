import type { GridHour } from '../data/grid-series.ts';
import { hourCompleted, type TimeAdvanced } from '../messages/events.ts';
import { topics } from '../messages/names.ts';
import { timestampOf } from '../simulation/calendar.ts';
import { HourClock } from '../simulation/hour-clock.ts';
import type { RoleContext, RunningRole } from './role.ts';
import type { SettingsOf } from './role-settings.ts';

/** The clock of the simulated street, and what its hours are like. */
export async function startSimulation(
  { traffic, clock, signal }: RoleContext,
  { from, grid, speed }: SettingsOf<'simulation'>,
): Promise<RunningRole> {
  const hours = new HourClock(
    {
      clock,
      signal,
      announce: (hour) =>
        traffic.publish(topics.timeAdvanced, timeAdvanced(hour, grid[hour - from] as GridHour)),
    },
    { from, hours: grid.length, speed },
  );
  await traffic.hear(topics.hourCompleted, hourCompleted, ({ hour_index: hour }) =>
    hours.completed(hour),
  );
  return { run: () => hours.run() };
}

function timeAdvanced(hour: number, grid: GridHour): TimeAdvanced {
  return {
    hour_index: hour,
    timestamp: timestampOf(hour),
    price_usd_per_kwh: grid.priceUsdPerKwh,
    carbon_kg_per_kwh: grid.carbonKgPerKwh,
    outdoor_c: grid.outdoorC,
  };
}
