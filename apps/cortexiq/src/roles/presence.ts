import { setMaxListeners } from 'node:events';
import { type Clock, TimeoutError, withDeadline } from '@macula/core';
import type { Carrier } from '../carrier/carrier.ts';
import { Refusal } from '../carrier/carrier-errors.ts';
import { presenceOf } from '../messages/names.ts';

/** How soon a process that could not be called yet is called again, milliseconds. */
const againMs = 20;

/**
 * Makes a process known as present. To be done after everything else is subscribed and registered: nodes learn of what another
 * one has announced in its order, so whoever finds this finds all of it.
 */
export async function announcePresence(carrier: Carrier, process: string): Promise<void> {
  await carrier.register(presenceOf(process), () => process, { shared: false });
}

/** Waits until every one of these processes is known here. Throws TimeoutError or AbortedError. */
export async function meet(
  carrier: Carrier,
  clock: Clock,
  processes: readonly string[],
  options: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<void> {
  const met = async (process: string, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await carrier.call(presenceOf(process), {}, { timeout: 1_000, signal });
        return;
      } catch (error) {
        // Not known yet, or too busy starting to answer.
        if (!(error instanceof Refusal || error instanceof TimeoutError)) throw error;
      }
      await new Promise<void>((resolve) => clock.setTimer(resolve, againMs));
    }
  };
  const all = (signal: AbortSignal): Promise<unknown> => {
    // Every call listens to it.
    setMaxListeners(0, signal);
    return Promise.all(processes.map((process) => met(process, signal)));
  };
  await withDeadline(clock, all, { ...options, what: `meeting ${processes.join(', ')}` });
}
