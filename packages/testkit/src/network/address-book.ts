import type { Address, NodeId } from '@macula/core';

const mostPeers = 100_000;

/** Where peers can be dialled; forgets the peer that was looked up longest ago when it is full. */
export class AddressBook {
  private readonly entries = new Map<string, readonly Address[]>();

  learn(peer: NodeId, addresses: readonly Address[]): void {
    this.entries.delete(peer.key);
    this.entries.set(peer.key, [...addresses]);
    const [oldest] = this.entries.keys();
    if (this.entries.size > mostPeers && oldest !== undefined) this.entries.delete(oldest);
  }

  of(peer: NodeId): readonly Address[] {
    const addresses = this.entries.get(peer.key);
    if (addresses === undefined) return [];
    this.entries.delete(peer.key);
    this.entries.set(peer.key, addresses);
    return addresses;
  }

  clear(): void {
    this.entries.clear();
  }
}
