import { InvalidArgumentError } from '@macula/core';

/** Limits and times of a link pool. Times are milliseconds. */
export interface PoolOptions {
  /** Links that may be open. Beyond that the least recently used one that is not pinned is closed. Default 1,000. */
  readonly maxLinks?: number;
  /** Time without use after which a link closes that is not pinned. Default 300,000 (5 minutes). */
  readonly idleMs?: number;
  /** Dials that run at once. More load the CPU with handshakes that delay each other. Default 32. */
  readonly maxConcurrentDials?: number;
  /** Dials that wait for their turn; more fail with LimitExceededError. Default 1,024. */
  readonly maxQueuedDials?: number;
  /** Time for one handshake with one address. Default 5,000. */
  readonly attemptMs?: number;
  /** Head start of an address over the next one. Shorter finds a working one sooner and dials more in vain. Default 250. */
  readonly staggerMs?: number;
  /** Head start of QUIC over TCP at the same address. Default 1,500. */
  readonly fallbackMs?: number;
  /** Time for a greeting, once the handshake is complete. Default 5,000. */
  readonly greetingMs?: number;
  /** Longest delay before the first retry of a target that failed; it doubles with every failure. Default 100. */
  readonly backoffBaseMs?: number;
  /** Longest delay between retries. Default 10,000. */
  readonly backoffMaxMs?: number;
  /** Consecutive failures after which dials to a target fail at once. Default 5. */
  readonly breakerThreshold?: number;
  /** How long they do so. Default 10,000. */
  readonly breakerResetMs?: number;
  /** Peers whose addresses are remembered. Default 10,000. */
  readonly maxKnownPeers?: number;
  /** Accepted links that may be in their greeting at once. Default 512. */
  readonly maxGreetings?: number;
  /** The same, from one address (IPv6: /64); loopback is not limited. Default 64. */
  readonly maxGreetingsPerAddress?: number;
  /** Accepted links from one address (IPv6: /64); loopback is not limited. Default 256. */
  readonly maxLinksPerAddress?: number;
  /** Silence after which a link that nobody waits for is pinged. Default 15,000. */
  readonly keepAliveMs?: number;
  /** Silence after which a link is pinged that is pinned or has requests or streams under way. Default 1,000. */
  readonly watchedKeepAliveMs?: number;
  /** Silence, in spite of pings, after which a link counts as lost. Default 5,000. */
  readonly silenceLimitMs?: number;
}

export type PoolLimits = Required<PoolOptions>;

const defaults: PoolLimits = {
  maxLinks: 1_000,
  idleMs: 300_000,
  maxConcurrentDials: 32,
  maxQueuedDials: 1_024,
  attemptMs: 5_000,
  staggerMs: 250,
  fallbackMs: 1_500,
  greetingMs: 5_000,
  backoffBaseMs: 100,
  backoffMaxMs: 10_000,
  breakerThreshold: 5,
  breakerResetMs: 10_000,
  maxKnownPeers: 10_000,
  maxGreetings: 512,
  maxGreetingsPerAddress: 64,
  maxLinksPerAddress: 256,
  keepAliveMs: 15_000,
  watchedKeepAliveMs: 1_000,
  silenceLimitMs: 5_000,
};

/** Options with their defaults. Throws InvalidArgumentError for numbers that are none, or not above 0, and for a silence limit that no ping can beat. */
export function poolLimits(options: PoolOptions): PoolLimits {
  const limits: Record<string, number> = { ...defaults };
  for (const name of Object.keys(defaults)) {
    const value: unknown = options[name as keyof PoolOptions];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !(value > 0)) {
      throw new InvalidArgumentError(`${name} must be a number above 0, got ${String(value)}`);
    }
    limits[name] = value;
  }
  const result = limits as unknown as PoolLimits;
  if (result.silenceLimitMs <= result.watchedKeepAliveMs) {
    throw new InvalidArgumentError(
      `silenceLimitMs (${result.silenceLimitMs}) must be above watchedKeepAliveMs (${result.watchedKeepAliveMs}): a ping needs time to be answered`,
    );
  }
  return result;
}
