import {
  type Address,
  type Clock,
  type Counter,
  formatAddress,
  type Link,
  type Links,
  type Logger,
  type Random,
  type Unsubscribe,
} from '@macula/core';
import { bootstrapDelay } from './dial-delay.ts';
import type { DialGate } from './dial-gate.ts';
import { PersistentDial } from './persistent-dial.ts';

/** The code of the error with which transports refuse to dial themselves. */
const selfDialCode = 'macula.dial.self';

export interface BootstrapDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly gate: DialGate;
  readonly failures: Counter;
}

/**
 * Keeps a link to every bootstrap address, forever: each is dialled with backoff until it answers, and again
 * when its link is lost. All of them and not just one, so that nodes that entered through different
 * seeds, or before a seed was restarted, still end up in one mesh.
 */
export class Bootstrap {
  readonly #targets: BootstrapTarget[];

  constructor(deps: BootstrapDeps, addresses: readonly Address[], dialTimeoutMs: number) {
    const distinct = new Map(addresses.map((address) => [formatAddress(address), address]));
    this.#targets = [...distinct.values()].map(
      (address) => new BootstrapTarget(deps, address, dialTimeoutMs),
    );
  }

  start(): void {
    for (const target of this.#targets) target.dial.run();
  }

  /** This node is alone: forget the long delays that earlier failures have earned. */
  hurry(): void {
    for (const target of this.#targets) target.hurry();
  }

  /** Whether there are addresses, and all of them have turned out to be this node's own: the first node of a mesh. */
  get leadsNowhere(): boolean {
    return this.#targets.length > 0 && this.#targets.every(({ isSelf }) => isSelf);
  }

  stop(): void {
    for (const target of this.#targets) target.stop();
  }
}

class BootstrapTarget {
  readonly dial: PersistentDial;
  isSelf = false;
  readonly #deps: BootstrapDeps;
  readonly #address: Address;
  #peer: Link['peer'] | undefined;
  #unsubscribe: Unsubscribe | undefined;

  constructor(deps: BootstrapDeps, address: Address, timeout: number) {
    this.#deps = deps;
    this.#address = address;
    this.dial = new PersistentDial(deps, {
      attempt: (signal) => this.#attempt(timeout, signal),
      // After a loss the member's own re-dial goes first.
      delayMs: (attempt) =>
        bootstrapDelay(this.#peer === undefined ? attempt : attempt + 2, deps.random),
      onFailure: (error, attempt) => this.#failed(error, attempt),
    });
  }

  hurry(): void {
    if (this.dial.running && this.dial.failures > 0) this.dial.restart();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.dial.stop();
  }

  async #attempt(timeout: number, signal: AbortSignal): Promise<void> {
    const link = this.#linkInPlace() ?? (await this.#dial(timeout, signal));
    if (link === undefined || signal.aborted) return;
    if (this.#peer === undefined || !this.#peer.equals(link.peer)) {
      this.#deps.logger.info(
        { address: formatAddress(this.#address), peer: link.peer.key },
        'reached a bootstrap node',
      );
    }
    this.#peer = link.peer;
    this.#unsubscribe?.();
    this.#unsubscribe = link.onClose(() => this.#lost());
  }

  /** Undefined where the address turns out to be this node's own: then it is dialled no more. */
  async #dial(timeout: number, signal: AbortSignal): Promise<Link | undefined> {
    const { links, logger } = this.#deps;
    try {
      return await links.dial(this.#address, { timeout, signal });
    } catch (error) {
      if ((error as { code?: unknown }).code !== selfDialCode) throw error;
      this.isSelf = true;
      logger.debug({ address: formatAddress(this.#address) }, 'a bootstrap address is our own');
      return undefined;
    }
  }

  /** An open link that leads to this address already, so that no second one is dialled. */
  #linkInPlace(): Link | undefined {
    const { links } = this.#deps;
    const known = this.#peer === undefined ? undefined : links.get(this.#peer);
    if (known !== undefined) return known;
    const wanted = formatAddress(this.#address);
    for (const link of links.all()) {
      if (formatAddress(link.remoteAddress) === wanted) return link;
    }
    return undefined;
  }

  /** The seed may come back as another node, which only its address finds: hence dialled beside the member itself. */
  #lost(): void {
    this.dial.restart();
  }

  #failed(error: unknown, attempt: number): void {
    const { failures, logger } = this.#deps;
    failures.inc();
    const fields = { address: formatAddress(this.#address), attempt: attempt + 1, error };
    if (attempt === 0) logger.warn(fields, 'cannot reach a bootstrap node yet, will keep trying');
    else logger.debug(fields, 'cannot reach a bootstrap node');
  }
}
