import { type Address, formatAddress, type NodeId } from '@macula/core';

/** What a dial is after: a node, at whatever address it may be, or whoever is at an address. */
export interface DialTarget {
  /** Dials with equal keys are one dial. */
  readonly key: string;
  /** The node that must answer; undefined where any may. */
  readonly peer: NodeId | undefined;
  /** Addresses to try when the dial starts, best first. */
  readonly addresses: () => readonly Address[];
}

export function peerTarget(peer: NodeId, addresses: () => readonly Address[]): DialTarget {
  return { key: peer.key, peer, addresses };
}

export function addressTarget(address: Address): DialTarget {
  return { key: formatAddress(address), peer: undefined, addresses: () => [address] };
}
