import { type Clock, formatAddress, InvalidArgumentError, type NodeId } from '@macula/core';
import type { Host } from '../network/host.ts';
import type { NodeIdentity } from '../network/memory-links.ts';
import type { MemoryNode } from '../network/memory-node.ts';
import type { FarDialler } from './far-dialler.ts';
import type { NodeMedium } from './half-connection.ts';
import type { NodeHalves } from './node-halves.ts';

/** What a node is where it lives. */
export interface LocalLife {
  readonly node: MemoryNode;
  readonly medium: NodeMedium;
  readonly dialler: FarDialler;
  readonly halves: NodeHalves;
}

/** A node of a sharded network, over all its lives: every shard knows all of them in the same order. */
export interface NodePlace {
  readonly index: number;
  readonly identity: NodeIdentity;
  /** The network's clock, perhaps skewed. */
  readonly clock: Clock;
  /** Its present life, here or elsewhere. */
  host: Host & { condition: Host['condition'] };
  /** Where it lives. */
  local: LocalLife | undefined;
}

/** Every node of a sharded network, by number, ID and address. */
export class NodePlaces {
  readonly all: NodePlace[] = [];
  private readonly byId = new Map<string, NodePlace>();
  private readonly byAddress = new Map<string, NodePlace>();

  /** Throws InvalidArgumentError when the ID or an address is taken. */
  add(place: NodePlace): void {
    const { self, localAddresses } = place.identity;
    if (this.byId.has(self.key)) {
      throw new InvalidArgumentError(`node ${self.key} is in the network already`);
    }
    const addresses = localAddresses.map(formatAddress);
    for (const address of addresses) {
      const holder = this.byAddress.get(address);
      if (holder === undefined) continue;
      const { key } = holder.identity.self;
      throw new InvalidArgumentError(`address ${address} belongs to node ${key}`);
    }
    this.all.push(place);
    this.byId.set(self.key, place);
    for (const address of addresses) this.byAddress.set(address, place);
  }

  numbered(index: number): NodePlace {
    return this.all[index] as NodePlace;
  }

  at(address: string): NodePlace | undefined {
    return this.byAddress.get(address);
  }

  find(id: NodeId): NodePlace | undefined {
    return this.byId.get(id.key);
  }
}
