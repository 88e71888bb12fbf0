import {
  type Address,
  type Clock,
  type Counter,
  formatAddress,
  type Link,
  type Links,
  type Logger,
} from '@macula/core';
import type { DialGate } from './dial-gate.ts';
import { PersistentDial } from './persistent-dial.ts';

/** The code of the error with which transports refuse to dial themselves. */
const selfDialCode = 'macula.dial.self';

export interface AddressDialDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gate: DialGate;
  /** Counts attempts that failed. */
  readonly failures: Counter;
}

export interface AddressDialOptions {
  readonly address: Address;
  readonly timeoutMs: number;
  /** Milliseconds to wait before attempt `attempt` (0 is the first). */
  readonly delayMs: (attempt: number) => number;
  /** An open link that does, whatever its address. Default: none but one to the very address. */
  readonly inPlace?: () => Link | undefined;
  /** Somebody answers there. A rejection means "again later". */
  readonly reached: (link: Link) => Promise<void> | void;
}

/** Dials a bootstrap address until somebody answers there, which may be this node itself: then never again. */
export class AddressDial {
  readonly #deps: AddressDialDeps;
  readonly #options: AddressDialOptions;
  readonly #dial: PersistentDial;
  #isSelf = false;

  constructor(deps: AddressDialDeps, options: AddressDialOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#dial = new PersistentDial(deps, {
      attempt: (signal) => this.#attempt(signal),
      delayMs: options.delayMs,
      onFailure: (error, attempt) => this.#failed(error, attempt),
    });
  }

  /** Whether the address has turned out to be this node's own. */
  get isSelf(): boolean {
    return this.#isSelf;
  }

  /** Begins where the last run ended, unless it is running. */
  run(): void {
    if (!this.#isSelf) this.#dial.run();
  }

  /** Begins anew, with the shortest delay. */
  restart(): void {
    if (!this.#isSelf) this.#dial.restart();
  }

  /** Forgets the long delays that failures have earned, if it is running. */
  hurry(): void {
    if (this.#dial.running && this.#dial.failures > 0) this.#dial.restart();
  }

  stop(): void {
    this.#dial.stop();
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const link = this.#linkInPlace() ?? (await this.#reach(signal));
    if (link === undefined || signal.aborted) return;
    await this.#options.reached(link);
  }

  /** An open link that leads there already, so that no second one is dialled. */
  #linkInPlace(): Link | undefined {
    const { address, inPlace } = this.#options;
    const known = inPlace?.();
    if (known !== undefined) return known;
    const wanted = formatAddress(address);
    for (const link of this.#deps.links.all()) {
      if (formatAddress(link.remoteAddress) === wanted) return link;
    }
    return undefined;
  }

  async #reach(signal: AbortSignal): Promise<Link | undefined> {
    const { address, timeoutMs: timeout } = this.#options;
    try {
      return await this.#deps.links.dial(address, { timeout, signal });
    } catch (error) {
      if ((error as { code?: unknown }).code !== selfDialCode) throw error;
      this.#isSelf = true;
      this.#deps.logger.debug(
        { address: formatAddress(address) },
        'a bootstrap address is our own',
      );
      return undefined;
    }
  }

  #failed(error: unknown, attempt: number): void {
    const { failures, logger } = this.#deps;
    failures.inc();
    const fields = { address: formatAddress(this.#options.address), attempt: attempt + 1, error };
    if (attempt === 0) logger.warn(fields, 'cannot join by a bootstrap address, will keep trying');
    else logger.debug(fields, 'cannot join by a bootstrap address');
  }
}
