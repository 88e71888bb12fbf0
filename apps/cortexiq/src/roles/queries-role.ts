import { z } from 'zod';
import { homeReference, homeTotals, systemTotals } from '../messages/calls.ts';
import { procedures } from '../messages/names.ts';
import type { RoleContext, RunningRole } from './role.ts';

/** How long the projections may take to answer, milliseconds. */
const timeout = 2_000;

/** Answers questions about the street, from what the projections know. */
export async function startQueries({ traffic, signal }: RoleContext): Promise<RunningRole> {
  await traffic.serve(procedures.systemTotals, z.unknown(), () =>
    traffic.call(procedures.projectedSystemTotals, {}, systemTotals, { timeout, signal }),
  );
  await traffic.serve(procedures.homeTotals, homeReference, (home) =>
    traffic.call(procedures.projectedHomeTotals, home, homeTotals, { timeout, signal }),
  );
  return {};
}
