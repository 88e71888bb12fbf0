import { type Address, type Clock, NodeId } from '@macula/core';
import { skewedClock } from '../clock/skewed-clock.ts';
import type { NodeIdentity } from './memory-links.ts';

export interface MemoryNodeOptions {
  /** Default: drawn from the network's random source. */
  readonly id?: NodeId;
  /** Default: one address of its own in 10.0.0.0/8. An empty list makes a node that cannot be dialled. */
  readonly addresses?: readonly Address[];
  /** Nodes of different realms refuse one another. Default `test`. */
  readonly realm?: string;
  /** Features of the node; a link has those of both sides. Default none. */
  readonly features?: readonly string[];
  /**
   * Names the NAT that the node is behind: only nodes behind the same one can open links to it; it can open links to
   * everybody. Default: none.
   */
  readonly nat?: string;
  /** How far the node's clock is ahead of the network's, in milliseconds. Default 0. */
  readonly clockOffsetMs?: number;
  /** How fast the node's clock runs. Default 1. */
  readonly clockRate?: number;
}

/** Who a node is; `draw` gives the bytes of its ID and `nextAddress` its address where the options do not. */
export function identityOf(
  { id, addresses, realm = 'test', features = [], nat }: MemoryNodeOptions,
  draw: (length: number) => Uint8Array,
  nextAddress: () => Address,
): NodeIdentity {
  return {
    self: id ?? NodeId.fromBytes(draw(NodeId.byteLength)),
    localAddresses: addresses ?? [nextAddress()],
    realm,
    features,
    nat,
  };
}

/** What a node's clock runs on: the network's, skewed where that is wanted. */
export function baseClockOf(
  clock: Clock,
  { clockOffsetMs = 0, clockRate = 1 }: MemoryNodeOptions,
): Clock {
  const isSkewed = clockOffsetMs !== 0 || clockRate !== 1;
  return isSkewed ? skewedClock(clock, clockOffsetMs, clockRate) : clock;
}

/** The address that the `n`th node has if it is given none. */
export function addressOf(n: number): Address {
  return { host: `10.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`, port: 4433 };
}
