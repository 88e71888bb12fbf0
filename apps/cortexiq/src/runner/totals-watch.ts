import { type Clock, pause } from '@macula/core';
import { CallError, type MaculaNode, TimeoutError } from '@macula/node';
import { type SystemTotals, systemTotals } from '../messages/calls.ts';
import { procedures } from '../messages/names.ts';

/** How often the totals are asked for, milliseconds. */
const everyMs = 200;

/** Asks the queries process for the system's totals, over the mesh. */
export async function askTotals(node: MaculaNode, timeout: number): Promise<SystemTotals> {
  return systemTotals.parse(await node.call(procedures.systemTotals, {}, { timeout }));
}

/** Asks again and again, until the signal fires. An answer that does not come is asked for anew. */
export async function watchTotals(
  node: MaculaNode,
  clock: Clock,
  signal: AbortSignal,
  onTotals: (totals: SystemTotals) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const totals = await askTotals(node, 1_000);
      if (!signal.aborted) onTotals(totals);
    } catch (error) {
      if (!(error instanceof CallError || error instanceof TimeoutError)) throw error;
    }
    await pause(clock, everyMs, signal).catch(() => undefined);
  }
}
