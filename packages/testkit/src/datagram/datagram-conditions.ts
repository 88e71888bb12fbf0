import { InvalidArgumentError } from '@macula/core';

/** What happens to datagrams on their way. */
export interface DatagramConditions {
  /** One-way delay in milliseconds. Default 1. */
  readonly latencyMs: number;
  /** The delay varies by up to so many milliseconds more; the order is kept. Default 0. */
  readonly jitterMs: number;
  /** Probability that a datagram is lost. Default 0. */
  readonly loss: number;
  /** Probability that a datagram arrives twice. Default 0. */
  readonly duplication: number;
  /** Probability that a datagram is held back and overtaken by later ones. Default 0. */
  readonly reordering: number;
  /** How long a held-back datagram is late at most, in milliseconds. Default 20. */
  readonly reorderingMs: number;
  /** Probability that one bit of a datagram is flipped. Default 0. */
  readonly corruption: number;
  /** Longest datagram in bytes; longer ones are lost. Default 1,472: Ethernet's 1,500 without IPv4 and UDP headers. */
  readonly mtu: number;
  /** Bytes per millisecond that each direction carries; Infinity, the default, is no limit. */
  readonly bandwidth: number;
  /** Bytes that may wait for a limited bandwidth, per direction; what comes on top is lost. Default 256 KiB. */
  readonly bufferBytes: number;
}

export const perfectDatagramConditions: DatagramConditions = {
  latencyMs: 1,
  jitterMs: 0,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reorderingMs: 20,
  corruption: 0,
  mtu: 1_472,
  bandwidth: Number.POSITIVE_INFINITY,
  bufferBytes: 256 * 1024,
};

const probabilities = ['loss', 'duplication', 'reordering', 'corruption'] as const;
const durations = ['latencyMs', 'jitterMs', 'reorderingMs'] as const;
const sizes = ['mtu', 'bandwidth', 'bufferBytes'] as const;

/** `conditions` with `changes`. Throws InvalidArgumentError for values outside their range. */
export function changeDatagramConditions(
  conditions: DatagramConditions,
  changes: Partial<DatagramConditions>,
): DatagramConditions {
  const changed = { ...conditions, ...changes };
  for (const name of probabilities) {
    demand(name, changed[name] >= 0 && changed[name] <= 1, 'in [0, 1]');
  }
  for (const name of durations) demand(name, changed[name] >= 0, 'at least 0');
  for (const name of sizes) demand(name, changed[name] > 0, 'above 0');
  return changed;
}

function demand(name: string, holds: boolean, range: string): void {
  if (!holds) throw new InvalidArgumentError(`datagram condition ${name} must be ${range}`);
}
