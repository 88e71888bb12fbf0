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
 * What a bridge does between joining the router and carrying anything: it says hello there, waits `settleMs`, and until membership
 * shows every bridge that was heard of and each of those has answered.
 */
export class ComingUp {
  readonly #deps: ComingUpDeps;
  #underway: AbortController | undefined;

  constructor(deps: ComingUpDeps) {
    this.#deps = deps;
  }

  /** Calls back when the bridge may say that it is up. Does nothing while that is under way. */
  begin(session: RouterSession, onReady: () => void): void {
    if (this.#underway !== undefined) return;
    const underway = new AbortController();
    this.#underway = underway;
    this.#ready(session, underway.signal).then(
      () => {
        if (this.#underway !== underway) return;
        this.#underway = undefined;
        onReady();
      },
      (error: unknown) => this.#deps.logger.debug({ error }, 'the bridge does not come up'),
    );
  }

  abort(): void {
    this.#underway?.abort();
    this.#underway = undefined;
  }

  async #ready(session: RouterSession, signal: AbortSignal): Promise<void> {
    const { clock, logger, fellowship, rollCall, settleMs } = this.#deps;
    const end = clock.now() + limitMs;
    const said = rollCall.hello(session).then(
      () => true,
      (error: unknown) => {
        logger.warn({ error }, 'the router does not let bridges call each other');
        return false;
      },
    );
    const limits = { timeout: limitMs, signal, what: 'saying hello' };
    const heard = await withDeadline(clock, said, limits).catch(() => false);
    await pause(clock, settleMs(), signal);
    if (!heard) return;
    while (!fellowship.allPresent && clock.now() < end) await pause(clock, lookMs, signal);
    if (!fellowship.allPresent) logger.warn({}, 'a fellow is in another part of the mesh');
  }
}
