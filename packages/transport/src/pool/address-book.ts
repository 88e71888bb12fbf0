import { type Address, type Clock, distinctAddresses, type NodeId } from '@macula/core';
import type { Connection } from '../connection.ts';

/** Addresses kept of one peer. */
const maxAddresses = 16;

/** How long a protocol that worked is tried first, in milliseconds: then QUIC gets its chance again. */
const protocolMemoryMs = 10 * 60_000;

interface Entry {
  addresses: readonly Address[];
  worked: { protocol: Connection['protocol']; until: number } | undefined;
}

/** Where peers can be dialled, best first. Bounded: what was not used for longest goes first. */
export class AddressBook {
  private readonly clock: Clock;
  private readonly maxPeers: number;
  /** In the order of last use. */
  private readonly entries = new Map<string, Entry>();

  constructor(clock: Clock, maxPeers: number) {
    this.clock = clock;
    this.maxPeers = maxPeers;
  }

  /** Replaces what is known of `peer`. An empty list forgets the addresses. */
  learn(peer: NodeId, addresses: readonly Address[]): void {
    this.entry(peer).addresses = best(addresses);
  }

  /** Puts `address` before what is known. */
  prefer(peer: NodeId, address: Address): void {
    const entry = this.entry(peer);
    entry.addresses = best([address, ...entry.addresses]);
  }

  /** Notes that `peer` was reached at `address`: it is tried first from now on. */
  reached(peer: NodeId, address: Address, protocol: Connection['protocol']): void {
    const entry = this.entry(peer);
    entry.addresses = best([address, ...entry.addresses]);
    entry.worked = { protocol, until: this.clock.now() + protocolMemoryMs };
  }

  /** Adds what a peer said of itself after what is known. */
  suggest(peer: NodeId, addresses: readonly Address[]): void {
    const entry = this.entry(peer);
    entry.addresses = best([...entry.addresses, ...addresses]);
  }

  addressesOf(peer: NodeId): readonly Address[] {
    return this.entries.has(peer.key) ? this.entry(peer).addresses : [];
  }

  /** The protocol to try first with `peer`. */
  protocolFor(peer: NodeId): Connection['protocol'] {
    const worked = this.entries.get(peer.key)?.worked;
    return worked !== undefined && worked.until > this.clock.now() ? worked.protocol : 'quic';
  }

  get size(): number {
    return this.entries.size;
  }

  private entry(peer: NodeId): Entry {
    const entry = this.entries.get(peer.key) ?? { addresses: [], worked: undefined };
    this.entries.delete(peer.key);
    this.entries.set(peer.key, entry);
    if (this.entries.size > this.maxPeers) {
      const oldest = this.entries.keys().next();
      if (oldest.done !== true) this.entries.delete(oldest.value);
    }
    return entry;
  }
}

function best(addresses: readonly Address[]): readonly Address[] {
  return distinctAddresses(addresses).slice(0, maxAddresses);
}
