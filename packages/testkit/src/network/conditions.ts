import { InvalidArgumentError, type NodeId } from '@macula/core';
import type { Latency } from './latency.ts';

/** One value for the whole network, or one per direction. */
export type PerPath = number | ((from: NodeId, to: NodeId) => number);

/** What the network does to packets. */
export interface NetworkConditions {
  /** One-way delay in milliseconds, or the range or distribution it is drawn from for every packet. Default 1. */
  readonly latencyMs: number | { readonly min: number; readonly max: number } | Latency;
  /** Probability that a packet is lost: datagrams vanish, reliable frames arrive a retransmission later. Default 0. */
  readonly loss: PerPath;
  /** Probability that a datagram arrives twice. Default 0. */
  readonly duplication: PerPath;
  /** Probability that a datagram is held back and overtaken by later ones. Default 0. */
  readonly reordering: PerPath;
  /** How long a held-back datagram is late at most, in milliseconds. Default 20. */
  readonly reorderingMs: number;
  /** Bytes per millisecond in each direction of each link; Infinity, the default, is no limit. */
  readonly bandwidth: PerPath;
  /**
   * Whether a node may open links to another; those that are open are not touched, and carry both directions.
   * Packets of an attempt that is not allowed vanish, as at a firewall. Default: everybody may, but for
   * nodes behind a NAT (see MemoryNodeOptions).
   */
  readonly mayOpen: (from: NodeId, to: NodeId) => boolean;
}

export const perfectConditions: NetworkConditions = {
  latencyMs: 1,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reorderingMs: 20,
  bandwidth: Number.POSITIVE_INFINITY,
  mayOpen: () => true,
};

/** `conditions` with `changes`. Throws InvalidArgumentError for values outside their range. */
export function changeConditions(
  conditions: NetworkConditions,
  changes: Partial<NetworkConditions>,
): NetworkConditions {
  const changed = { ...conditions, ...changes };
  const { latencyMs } = changed;
  if (typeof latencyMs === 'object') {
    demand('latencyMs', latencyMs.min >= 0 && latencyMs.max >= latencyMs.min, '0 ≤ min ≤ max');
  } else {
    demand('latencyMs', typeof latencyMs === 'function' || latencyMs >= 0, 'at least 0');
  }
  // A loss of 1 would retransmit for ever: a partition is what does that.
  demand(
    'loss',
    isFunctionOr(changed.loss, (p) => p >= 0 && p < 1),
    'in [0, 1)',
  );
  for (const name of ['duplication', 'reordering'] as const) {
    demand(
      name,
      isFunctionOr(changed[name], (p) => p >= 0 && p <= 1),
      'in [0, 1]',
    );
  }
  demand('reorderingMs', changed.reorderingMs >= 0, 'at least 0');
  demand(
    'bandwidth',
    isFunctionOr(changed.bandwidth, (rate) => rate > 0),
    'above 0',
  );
  return changed;
}

function isFunctionOr(value: PerPath, holds: (value: number) => boolean): boolean {
  return typeof value === 'function' || holds(value);
}

function demand(name: string, holds: boolean, range: string): void {
  if (!holds) throw new InvalidArgumentError(`network condition ${name} must be ${range}`);
}
