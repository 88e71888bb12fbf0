import { setMaxListeners } from 'node:events';
import { type Clock, pause, TimeoutError } from '@macula/core';
import type { Carrier } from '../carrier/carrier.ts';
import { Refusal } from '../carrier/carrier-errors.ts';
import { presenceOf } from '../messages/names.ts';
import { someAtATime } from './some-at-a-time.ts';

/** How soon a process that could not be called yet is called again, milliseconds; twice as late with every time. */
const again = { firstMs: 20, lastMs: 1_000 };
/** How long an answer may take, milliseconds: what begins anew on a busy machine takes longer still. */
const answerTimeout = 10_000;
/** Processes that are called at the same time. */
const callsAtATime = 4;

/**
 * Makes a process known as present. To be done after everything else is subscribed and registered: nodes learn of what another
 * one has announced in its order, so whoever finds this finds all of it.
 */
export async function announcePresence(carrier: Carrier, process: string): Promise<void> {
  await carrier.register(presenceOf(process), () => process, { shared: false });
}

export interface MeetOptions {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Is called whenever one more is known. */
  onMet?(): void;
}

/** Waits until every one of these processes is known here. Throws AbortedError. */
export async function meet(
  carrier: Carrier,
  clock: Clock,
  processes: readonly string[],
  { signal, onMet }: MeetOptions,
): Promise<void> {
  // Every call listens to it.
  setMaxListeners(0, signal);
  await someAtATime(processes, callsAtATime, async (process) => {
    for (let delayMs = again.firstMs; ; delayMs = Math.min(2 * delayMs, again.lastMs)) {
      try {
        await carrier.call(presenceOf(process), {}, { timeout: answerTimeout, signal });
        onMet?.();
        return;
      } catch (error) {
        // Not known yet, or too busy to answer.
        if (!(error instanceof Refusal || error instanceof TimeoutError)) throw error;
      }
      await pause(clock, delayMs, signal);
    }
  });
}
