import { networkInterfaces } from 'node:os';
import type { Address, Clock } from '@macula/core';
import { isLoopback, isUnspecified } from './address-network.ts';

/** How long what the system said of its interfaces is believed, in milliseconds: asking takes time, and every greeting wants to know. */
const believedMs = 10_000;

/** Where this node's listener can be dialled, as interfaces come and go. */
export class LocalAddresses {
  private readonly clock: Clock;
  private readonly announced: readonly Address[] | undefined;
  private bound: Address | undefined;
  private known: readonly Address[] = [];
  private askAgainAt = -Infinity;

  /** `announced`: said instead of what the interfaces tell. */
  constructor(clock: Clock, announced: readonly Address[] | undefined) {
    this.clock = clock;
    this.announced = announced;
  }

  /** The listeners are bound; they share their port and host. */
  bind([bound]: readonly Address[]): void {
    this.bound = bound;
    this.askAgainAt = -Infinity;
  }

  /** Best first; none before the listeners are bound. */
  current(): readonly Address[] {
    if (this.announced !== undefined) return this.announced;
    if (this.bound === undefined) return [];
    const now = this.clock.now();
    if (now >= this.askAgainAt) {
      this.known = dialableAddresses(this.bound);
      this.askAgainAt = now + believedMs;
    }
    return this.known;
  }
}

/**
 * Where a listener that is bound to `bound` can be dialled, best first: the address itself, or, when it is
 * bound to all, those of this machine's interfaces. Loopback and link-local addresses mean something
 * else to every machine, so they only count when there are no others.
 */
export function dialableAddresses(
  bound: Address,
  interfaces: typeof networkInterfaces = networkInterfaces,
): readonly Address[] {
  if (!isUnspecified(bound.host)) return [bound];
  const families = bound.host === '::' ? ['IPv4', 'IPv6'] : ['IPv4'];
  const hosts = Object.values(interfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => families.includes(family))
    .map(({ address }) => address);
  const elsewhere = hosts.filter((host) => !isLoopback(host) && !/^fe80:/i.test(host));
  const usable = elsewhere.length > 0 ? elsewhere : hosts.filter(isLoopback);
  return usable.map((host) => ({ host, port: bound.port }));
}
