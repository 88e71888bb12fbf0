import { type Clock, type Logger, pause, withDeadline } from '@macula/core';
import type { RouterSession } from '../router/router-session.ts';
import type { Fellowship } from './fellowship.ts';
import type { RollCall } from './roll-call.ts';

export interface ComingUpDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fellowship: Fellowship;
  readonly rollCall: RollCall;
  /** Milliseconds that publishers have to learn of this bridge, and fellows to answer. */
  readonly settleMs: () => number;
}

/** Milliseconds after which fellows that are at the router but not in this part of the mesh are waited for no more. */
const limitMs = 10_000;
const lookMs = 10;

/**
 * What a bridge does between joining the router and carrying anything: it says hello there, waits `settleMs`, and until
 * membership shows every bridge that was heard of and each of those has answered. Resolves when the bridge may say that it is
 * up; throws AbortedError.
 */
export async function readyToComeUp(
  { clock, logger, fellowship, rollCall, settleMs }: ComingUpDeps,
  session: RouterSession,
  signal: AbortSignal,
): Promise<void> {
  const end = clock.now() + limitMs;
  const said = rollCall.hello(session).then(
    () => true,
    (error: unknown) => {
      logger.warn({ error }, 'the router does not let bridges call each other');
      return false;
    },
  );
  const what = 'saying hello';
  const heard = await withDeadline(clock, said, { timeout: limitMs, signal, what });
  await pause(clock, settleMs(), signal);
  if (!heard) return;
  while (!fellowship.allPresent && clock.now() < end) await pause(clock, lookMs, signal);
  if (!fellowship.allPresent) logger.warn({}, 'a fellow is in another part of the mesh');
}
