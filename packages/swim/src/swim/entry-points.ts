import {
  type Address,
  type Clock,
  formatAddress,
  type Link,
  type Links,
  type Logger,
  type Random,
} from '@macula/core';
import type { Counter } from '@macula/core';
import { bootstrapDelay } from '../dial-delay.ts';
import type { DialGate } from '../dial-gate.ts';
import { PersistentDial } from '../persistent-dial.ts';

/** The code of the error with which transports refuse to dial themselves. */
const selfDialCode = 'macula.dial.self';

export interface EntryPointsDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly gate: DialGate;
  readonly failures: Counter;
}

export interface EntryPointsOptions {
  readonly addresses: readonly Address[];
  readonly dialTimeoutMs: number;
  /** Joins by this link. */
  readonly join: (link: Link) => Promise<void>;
  readonly isMember: (key: string) => boolean;
}

/**
 * The way into a mesh: every bootstrap address is dialled until somebody answers, and again whenever nobody who
 * answered there is a member. No link is kept, so that a seed of a large mesh is a node like any other.
 */
export class EntryPoints {
  readonly #points: readonly EntryPoint[];

  constructor(deps: EntryPointsDeps, options: EntryPointsOptions) {
    const distinct = new Map(options.addresses.map((each) => [formatAddress(each), each]));
    this.#points = [...distinct.values()].map((address) => new EntryPoint(deps, options, address));
  }

  /** Whether this node has nowhere to go: there are no addresses but its own, or one has let it in. */
  get settled(): boolean {
    return (
      this.#points.every(({ isSelf }) => isSelf) ||
      this.#points.some(({ peer }) => peer !== undefined)
    );
  }

  /** Dials those that lead to no member. */
  review(): void {
    for (const point of this.#points) point.review();
  }

  /** This node is alone: forget the long delays that earlier failures have earned. */
  hurry(): void {
    for (const point of this.#points) point.hurry();
  }

  stop(): void {
    for (const { dial } of this.#points) dial.stop();
  }
}

class EntryPoint {
  readonly dial: PersistentDial;
  isSelf = false;
  /** Who answered last. */
  peer: string | undefined;
  readonly #deps: EntryPointsDeps;
  readonly #options: EntryPointsOptions;
  readonly #address: Address;

  constructor(deps: EntryPointsDeps, options: EntryPointsOptions, address: Address) {
    this.#deps = deps;
    this.#options = options;
    this.#address = address;
    this.dial = new PersistentDial(deps, {
      attempt: (signal) => this.#attempt(signal),
      delayMs: (attempt) => bootstrapDelay(attempt, deps.random),
      onFailure: (error, attempt) => this.#failed(error, attempt),
    });
  }

  review(): void {
    if (!this.#done) this.dial.run();
  }

  hurry(): void {
    if (!this.#done) this.dial.restart();
  }

  get #done(): boolean {
    return this.isSelf || (this.peer !== undefined && this.#options.isMember(this.peer));
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const link = this.#linkInPlace() ?? (await this.#reach(signal));
    if (link === undefined || signal.aborted) return;
    await this.#options.join(link);
    this.peer = link.peer.key;
  }

  async #reach(signal: AbortSignal): Promise<Link | undefined> {
    try {
      const timeout = this.#options.dialTimeoutMs;
      return await this.#deps.links.dial(this.#address, { timeout, signal });
    } catch (error) {
      if ((error as { code?: unknown }).code !== selfDialCode) throw error;
      this.isSelf = true;
      return undefined;
    }
  }

  #linkInPlace(): Link | undefined {
    const wanted = formatAddress(this.#address);
    for (const link of this.#deps.links.all()) {
      if (formatAddress(link.remoteAddress) === wanted) return link;
    }
    return undefined;
  }

  #failed(error: unknown, attempt: number): void {
    const { failures, logger } = this.#deps;
    failures.inc();
    const fields = { address: formatAddress(this.#address), attempt: attempt + 1, error };
    if (attempt === 0)
      logger.warn(fields, 'cannot join by a bootstrap address yet, will keep trying');
    else logger.debug(fields, 'cannot join by a bootstrap address');
  }
}
