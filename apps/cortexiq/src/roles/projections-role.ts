import { z } from 'zod';
import { Refusal } from '../carrier/carrier-errors.ts';
import { homeReference } from '../messages/calls.ts';
import { contractSigned, type HourCompleted, measured, timeAdvanced } from '../messages/events.ts';
import { errors, procedures, topics } from '../messages/names.ts';
import { Projection } from '../projections/projection.ts';
import type { RoleContext, RunningRole } from './role.ts';
import type { SettingsOf } from './role-settings.ts';

/** The street's books; tells when an hour is complete, which lets the clock go on. */
export async function startProjections(
  { traffic, machineNow, fail }: RoleContext,
  { from, homes }: SettingsOf<'projections'>,
): Promise<RunningRole> {
  const projection = new Projection({ from, homes });
  const tellCompleted = (hour: number): void => {
    const message: HourCompleted = { hour_index: hour, measurements: homes };
    traffic.publish(topics.hourCompleted, message).catch(fail);
  };

  await traffic.hear(topics.timeAdvanced, timeAdvanced, (time) => {
    if (projection.timeAdvanced(time)) tellCompleted(time.hour_index);
  });
  await traffic.hear(topics.measured, measured, (message) => {
    const latencyMs = machineNow() - message.sent_at;
    if (projection.measured(message, latencyMs)) tellCompleted(message.hour_index);
  });
  await traffic.hear(topics.contractSigned, contractSigned, (signed) => {
    projection.contractSigned(signed);
  });

  await traffic.serve(procedures.projectedSystemTotals, z.unknown(), () =>
    projection.systemTotals(),
  );
  await traffic.serve(procedures.projectedHomeTotals, homeReference, ({ home_id: id }) => {
    const totals = projection.homeTotals(id);
    if (totals !== undefined) return totals;
    throw new Refusal(errors.noSuchHome, [`no home called ${id} was measured`]);
  });
  return {};
}
