import { type Address, InvalidArgumentError, type Member } from '@macula/core';

/** Lifeguard's extensions (arXiv 1707.00788), each of which can be turned off to compare with plain SWIM. Default all on. */
export interface SwimExtensions {
  /** §IV-A: a node that has reason to doubt itself probes slower and waits longer; late timers are such a reason, and are not held against others. */
  readonly localHealth?: boolean;
  /** §IV-B: suspicions begin long and get shorter with each independent accuser. Off: they have the shortest length. */
  readonly confirmations?: boolean;
  /** §IV-C: who probes a suspect tells it of the suspicion, so that it can refute at once. */
  readonly buddy?: boolean;
}

/** Numbers default to memberlist's LAN profile where it has them. All times in milliseconds. */
export interface SwimOptions {
  /** Addresses of well-known nodes. Each is dialled until it answers, and again whenever it is no member. Default none. */
  readonly bootstrap?: readonly Address[];
  /** What this node says of itself: at most 512 bytes of keys and values. Default empty. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** First incarnation of this life; must exceed those of earlier lives, and not be a day ahead of the wall clock's milliseconds, or nobody believes it. Default: these milliseconds at creation. */
  readonly incarnation?: bigint;
  /** Length of a protocol period. Shorter detects sooner and costs more. Default 1,000. */
  readonly probeIntervalMs?: number;
  /** How long a direct probe may take before others are asked; less than the period. Default 500. */
  readonly probeTimeoutMs?: number;
  /** How many others are asked to probe a member that does not answer. Default 3. */
  readonly indirectProbes?: number;
  /** Between two rounds of gossip, as long as there is news. Default 200. */
  readonly gossipIntervalMs?: number;
  /** To how many members one round of gossip goes. Default 3. */
  readonly gossipNodes?: number;
  /** Shortest suspicion in periods per decade of members. Default 4. */
  readonly suspicionMult?: number;
  /** Longest suspicion in multiples of the shortest. Default 6. */
  readonly suspicionMaxMult?: number;
  /** How often news is passed on, per decade of members. Default 4. */
  readonly retransmitMult?: number;
  /** Between two comparisons of all that is known with a random neighbour; grows with the mesh. Default 30,000. */
  readonly syncIntervalMs?: number;
  /** In which the mesh tries about as many members again as have failed, so that partitions heal; a tenth of it right after a failure. Default 10,000. */
  readonly reconnectIntervalMs?: number;
  /** How long failed and left members are remembered. Default 600,000. */
  readonly forgetMs?: number;
  /** Up to so many members every node has a link to every other; beyond, to its neighbours on the rings. Default 64. */
  readonly fullMeshMembers?: number;
  /** Rings of the overlay, 1 to 7; each gives a node two neighbours. Default 5. */
  readonly rings?: number;
  /** Most members that are remembered, in whatever state. Default 16,384. */
  readonly maxMembers?: number;
  /** Until one dial counts as failed. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** Most dials at a time. Default 16. */
  readonly maxConcurrentDials?: number;
  readonly extensions?: SwimExtensions;
  /** Members known from an earlier life, those of them that are alive: taken for alive until probes tell otherwise. Default none. */
  readonly snapshot?: readonly Member[];
  /**
   * Whose addresses `links` is taught: those of all `members` as they come, so that every layer can dial them, or those of
   * `neighbours`, for meshes larger than what `links` can remember. Default `members`.
   */
  readonly teachLinks?: 'members' | 'neighbours';
}

const numbers = {
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  indirectProbes: 3,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  suspicionMult: 4,
  suspicionMaxMult: 6,
  retransmitMult: 4,
  syncIntervalMs: 30_000,
  reconnectIntervalMs: 10_000,
  forgetMs: 600_000,
  fullMeshMembers: 64,
  rings: 5,
  maxMembers: 16_384,
  dialTimeoutMs: 5_000,
  maxConcurrentDials: 16,
};

export type SwimSettings = Readonly<typeof numbers> & {
  readonly extensions: Required<SwimExtensions>;
};

/** Fills in defaults. Throws InvalidArgumentError for what cannot work. */
export function swimSettings(options: SwimOptions): SwimSettings {
  const settings = { ...numbers };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = options[name] ?? numbers[name];
    if (typeof value !== 'number' || !(value > 0) || value === Infinity) {
      throw new InvalidArgumentError(`${name} must be a positive number, got ${String(value)}`);
    }
    settings[name] = value;
  }
  if (settings.probeTimeoutMs >= settings.probeIntervalMs) {
    throw new InvalidArgumentError(
      `probeTimeoutMs (${settings.probeTimeoutMs}) must be less than probeIntervalMs (${settings.probeIntervalMs}): the rest of a period is for indirect probes`,
    );
  }
  if (!Number.isInteger(settings.rings) || settings.rings > 7) {
    throw new InvalidArgumentError(`rings must be an integer from 1 to 7, got ${settings.rings}`);
  }
  const all = { localHealth: true, confirmations: true, buddy: true };
  return { ...settings, extensions: { ...all, ...options.extensions } };
}
