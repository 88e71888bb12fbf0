import { type Address, InvalidArgumentError } from '@macula/core';

export interface PeerExchangeOptions {
  /** Addresses of well-known nodes. Each is dialled until it answers, and again when its link is lost. Default none. */
  readonly bootstrap?: readonly Address[];
  /** What this node says of itself: at most 512 bytes of keys and values. Default empty. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** This life of the node; must exceed those of earlier lives. Default: wall-clock milliseconds at creation. */
  readonly incarnation?: bigint;
  /** Milliseconds that a member may be without a link until it counts as failed. Longer forgives more, shorter tells sooner. Default 8,000. */
  readonly suspicionMs?: number;
  /** Milliseconds that failed and left members and unmet candidates are remembered; a partition that lasts longer heals through bootstrap addresses only. Default 600,000. */
  readonly forgetMs?: number;
  /** Milliseconds between exchanges with a random member, ± 50 %. They repair what link-up exchanges have missed. Default 30,000. */
  readonly exchangeIntervalMs?: number;
  /** Most members beside this node; every member has a link to every other. Default 256. */
  readonly maxMembers?: number;
  /** Milliseconds until one dial counts as failed. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** Most dials at a time; spreads the load when a node joins a large mesh. Default 16. */
  readonly maxConcurrentDials?: number;
}

export interface PeerExchangeSettings {
  readonly suspicionMs: number;
  readonly forgetMs: number;
  readonly exchangeIntervalMs: number;
  readonly maxMembers: number;
  readonly dialTimeoutMs: number;
  readonly maxConcurrentDials: number;
}

const defaults: PeerExchangeSettings = {
  suspicionMs: 8_000,
  forgetMs: 600_000,
  exchangeIntervalMs: 30_000,
  maxMembers: 256,
  dialTimeoutMs: 5_000,
  maxConcurrentDials: 16,
};

/** Fills in defaults. Throws InvalidArgumentError for numbers that are not positive. */
export function settingsOf(options: PeerExchangeOptions): PeerExchangeSettings {
  const settings = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof PeerExchangeSettings)[]) {
    const value = options[name] ?? defaults[name];
    if (typeof value !== 'number' || !(value > 0) || value === Infinity) {
      throw new InvalidArgumentError(`${name} must be a positive number, got ${String(value)}`);
    }
    settings[name] = value;
  }
  return settings;
}
