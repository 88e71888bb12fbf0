import {
  type Address,
  distinctAddresses,
  formatAddress,
  type Link,
  type Random,
  type Unsubscribe,
} from '@macula/core';
import { AddressDial, type AddressDialDeps } from './address-dial.ts';
import { bootstrapDelay } from './dial-delay.ts';

export interface BootstrapDeps extends AddressDialDeps {
  readonly random: Random;
}

/**
 * Keeps a link to every bootstrap address, forever: each is dialled with backoff until it answers, and again
 * when its link is lost. All of them and not just one, so that nodes that entered through different
 * seeds, or before a seed was restarted, still end up in one mesh.
 */
export class Bootstrap {
  readonly #targets: readonly BootstrapTarget[];

  constructor(deps: BootstrapDeps, addresses: readonly Address[], dialTimeoutMs: number) {
    this.#targets = distinctAddresses(addresses).map(
      (address) => new BootstrapTarget(deps, address, dialTimeoutMs),
    );
  }

  start(): void {
    for (const { dial } of this.#targets) dial.run();
  }

  /** This node is alone: forget the long delays that earlier failures have earned. */
  hurry(): void {
    for (const { dial } of this.#targets) dial.hurry();
  }

  /** Whether there are addresses, and all of them have turned out to be this node's own: the first node of a mesh. */
  get leadsNowhere(): boolean {
    return this.#targets.length > 0 && this.#targets.every(({ dial }) => dial.isSelf);
  }

  stop(): void {
    for (const target of this.#targets) target.stop();
  }
}

class BootstrapTarget {
  readonly dial: AddressDial;
  readonly #deps: BootstrapDeps;
  #peer: Link['peer'] | undefined;
  #unsubscribe: Unsubscribe | undefined;

  constructor(deps: BootstrapDeps, address: Address, timeoutMs: number) {
    this.#deps = deps;
    this.dial = new AddressDial(deps, {
      ...{ address, timeoutMs },
      // After a loss the member's own re-dial goes first.
      delayMs: (attempt) =>
        bootstrapDelay(this.#peer === undefined ? attempt : attempt + 2, deps.random),
      inPlace: () => (this.#peer === undefined ? undefined : deps.links.get(this.#peer)),
      reached: (link) => this.#reached(link, address),
    });
  }

  stop(): void {
    this.#unsubscribe?.();
    this.dial.stop();
  }

  #reached(link: Link, address: Address): void {
    const { peer } = link;
    if (this.#peer?.equals(peer) !== true) {
      const fields = { address: formatAddress(address), peer: peer.key };
      this.#deps.logger.info(fields, 'reached a bootstrap node');
    }
    this.#peer = peer;
    this.#unsubscribe?.();
    // The seed may come back as another node, which only its address finds: hence dialled beside the member itself.
    this.#unsubscribe = link.onClose(() => this.dial.restart());
  }
}
