import {
  type Address,
  formatAddress,
  type Id,
  type Links,
  pause,
  TimeoutError,
} from '@macula/core';
import { seededRandom, virtualClock } from '@macula/testkit';
import type { Contact } from '../src/kademlia/contact.ts';
import type { Finder } from '../src/kademlia/finder.ts';
import type { KademliaSettings } from '../src/kademlia/kademlia-options.ts';
import { Neighbourhood } from '../src/kademlia/neighbourhood.ts';
import type { PeerRequests } from '../src/kademlia/peer-requests.ts';
import { RoutingTable } from '../src/kademlia/routing-table.ts';
import { contactOf, idOf } from './contacts.ts';

const self = idOf('00');

/** Milliseconds that a lookup takes here. */
export const lookupMs = 100;

/**
 * What surrounds the node 00…: `pings` and `lookups` tell what it has asked. Whoever is in `dead` does not answer. The node n is behind
 * the address n.example.
 */
export function surroundingsOf(settings: KademliaSettings) {
  const clock = virtualClock();
  const neighbourhood = new Neighbourhood(self, new RoutingTable(self, settings), settings);
  const dead = new Set<string>();
  const pings: string[] = [];
  const lookups: string[] = [];
  const { signal } = new AbortController();
  const requests = {
    signal,
    ask: async ({ id, addresses }: Contact) => {
      const name = id.key.slice(0, 2);
      pings.push(name);
      if (!dead.has(name)) return { addresses: addresses.map(formatAddress) };
      neighbourhood.gone(id);
      throw new TimeoutError('the peer does not answer');
    },
  } as unknown as PeerRequests;
  const lookedUp = new Map<number, number>();
  const finder = {
    lastLookup: (length: number) => lookedUp.get(length) ?? -Infinity,
    findNodes: (target: Id) => {
      const length = self.commonPrefixLength(target);
      lookups.push(length === 256 ? 'itself' : `bucket ${length}`);
      lookedUp.set(length, clock.now());
      return pause(clock, lookupMs);
    },
  } as unknown as Finder;
  const links = {
    all: () => [],
    onLink: () => () => undefined,
    dial: async ({ host }: Address) => {
      const [name = ''] = host.split('.');
      if (!dead.has(name)) return { peer: idOf(name) };
      await pause(clock, 4_000);
      throw new TimeoutError('nobody answers there');
    },
  } as unknown as Links;
  const random = seededRandom(1);
  const meet = (...names: readonly string[]): void => {
    for (const name of names) neighbourhood.seen(contactOf(name));
  };
  const known = (): string[] =>
    Array.from(neighbourhood.table, ({ id }) => id.key.slice(0, 2)).sort();
  const ownAddresses = (): readonly string[] => [];
  return {
    deps: { links, clock, random, neighbourhood, requests, finder, ownAddresses },
    clock,
    neighbourhood,
    dead,
    pings,
    lookups,
    meet,
    known,
  };
}
