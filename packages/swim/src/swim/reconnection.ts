import type { Clock, Link, Links, Random, Timer } from '@macula/core';
import type { SwimMember } from './swim-member.ts';

export interface ReconnectionOptions {
  readonly intervalMs: number;
  readonly dialTimeoutMs: number;
  /** Members that were given up and are still remembered, the latest one last. */
  readonly failed: () => readonly SwimMember[];
  /** How many nodes might try one, this one included. */
  readonly present: () => number;
  readonly meet: (link: Link) => Promise<void>;
  /** Called each time before a member is tried. */
  readonly before: () => void;
}

/**
 * Milliseconds between two tries, before jitter: a fifth of the time since the latest failure, as cuts that were short so far
 * will mostly be short; at least a tenth of `intervalMs`, and at most all of it.
 */
export function reconnectDelay(sinceFailureMs: number, intervalMs: number): number {
  return Math.min(intervalMs, Math.max(intervalMs / 10, sinceFailureMs / 5));
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
  /** When the timer fires, in the clock's milliseconds. */
  #due = 0;

  constructor(
    deps: { readonly links: Links; readonly clock: Clock; readonly random: Random },
    options: ReconnectionOptions,
  ) {
    this.#deps = deps;
    this.#options = options;
  }

  start(): void {
    const { clock } = this.#deps;
    const latest = this.#options.failed().at(-1)?.since ?? -Infinity;
    this.#arm(clock.now() - latest);
  }

  /** A member has been given up just now. */
  hurry(): void {
    const { intervalMs } = this.#options;
    // Of a crowd of failures, the first one sets the pace.
    const isSoon = this.#due - this.#deps.clock.now() <= 1.5 * reconnectDelay(0, intervalMs);
    if (this.#timer !== undefined && !isSoon) this.#arm(0);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#abort.abort();
  }

  #arm(sinceFailureMs: number): void {
    const { clock, random } = this.#deps;
    const delayMs = reconnectDelay(sinceFailureMs, this.#options.intervalMs);
    const jitteredMs = delayMs * (0.5 + random.next());
    this.#due = clock.now() + jitteredMs;
    this.#timer?.cancel();
    this.#timer = clock.setTimer(() => this.#tick(), jitteredMs, { background: true });
  }

  #tick(): void {
    this.#options.before();
    // Most attempts are in vain; the next one comes.
    this.#attempt().catch(() => undefined);
    this.start();
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
