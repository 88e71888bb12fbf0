import type { Clock, Link, Links, Random, Timer } from '@macula/core';
import type { SwimMember } from './swim-member.ts';

export interface ReconnectionOptions {
  readonly intervalMs: number;
  readonly dialTimeoutMs: number;
  /** Members that were given up and are still remembered. */
  readonly failed: () => readonly SwimMember[];
  /** How many nodes might try one, this one included. */
  readonly present: () => number;
  readonly meet: (link: Link) => Promise<void>;
  /** Called each time before a member is tried. */
  readonly before: () => void;
}

/**
 * Now and then tries a member that has failed, so that the halves of a partition find each other again. The fewer have
 * failed among many, the rarer a node tries (as Serf does): all together make as many attempts in an interval as
 * members have failed, and thousands do not all dial the address of a single one.
 */
export class Reconnection {
  readonly #deps: { readonly links: Links; readonly clock: Clock; readonly random: Random };
  readonly #options: ReconnectionOptions;
  readonly #abort = new AbortController();
  #timer: Timer | undefined;

  constructor(
    deps: { readonly links: Links; readonly clock: Clock; readonly random: Random },
    options: ReconnectionOptions,
  ) {
    this.#deps = deps;
    this.#options = options;
  }

  start(): void {
    const { clock, random } = this.#deps;
    this.#timer = clock.setTimer(
      () => {
        this.#options.before();
        // Most attempts are in vain; the next one comes.
        this.#attempt().catch(() => undefined);
        this.start();
      },
      this.#options.intervalMs * (0.5 + random.next()),
      { background: true },
    );
  }

  stop(): void {
    this.#timer?.cancel();
    this.#abort.abort();
  }

  async #attempt(): Promise<void> {
    const { links, random } = this.#deps;
    const failed = this.#options.failed();
    if (random.next() * this.#options.present() >= failed.length) return;
    const member = failed[random.integer(failed.length)];
    if (member === undefined) return;
    if (member.addresses.length > 0) links.learn(member.id, member.addresses);
    const timeout = this.#options.dialTimeoutMs;
    const link = await links.link(member.id, { timeout, signal: this.#abort.signal });
    await this.#options.meet(link);
  }
}
