import { type Address, distinctAddresses, type Link, type Random } from '@macula/core';
import { AddressDial, type AddressDialDeps } from '../address-dial.ts';
import { bootstrapDelay } from '../dial-delay.ts';

export interface EntryPointsDeps extends AddressDialDeps {
  readonly random: Random;
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
    this.#points = distinctAddresses(options.addresses).map(
      (address) => new EntryPoint(deps, options, address),
    );
  }

  /** Whether this node has nowhere to go: there are no addresses but its own, or one has let it in. */
  get settled(): boolean {
    return this.#points.every(({ dial }) => dial.isSelf) || this.#points.some(({ letIn }) => letIn);
  }

  /** Dials those that lead to no member. */
  review(): void {
    for (const { dial, leadsToMember } of this.#points) if (!leadsToMember) dial.run();
  }

  /** This node is alone: forget the long delays that earlier failures have earned. */
  hurry(): void {
    for (const { dial, leadsToMember } of this.#points) if (!leadsToMember) dial.restart();
  }

  stop(): void {
    for (const { dial } of this.#points) dial.stop();
  }
}

class EntryPoint {
  readonly dial: AddressDial;
  readonly #isMember: (key: string) => boolean;
  /** Who answered last. */
  #peer: string | undefined;

  constructor(deps: EntryPointsDeps, options: EntryPointsOptions, address: Address) {
    this.#isMember = options.isMember;
    this.dial = new AddressDial(deps, {
      ...{ address, timeoutMs: options.dialTimeoutMs },
      delayMs: (attempt) => bootstrapDelay(attempt, deps.random),
      reached: async (link) => {
        await options.join(link);
        this.#peer = link.peer.key;
      },
    });
  }

  /** Whether somebody who answered here has let this node in. */
  get letIn(): boolean {
    return this.#peer !== undefined;
  }

  get leadsToMember(): boolean {
    return this.#peer !== undefined && this.#isMember(this.#peer);
  }
}
