import type { Clock } from '@macula/core';
import { isLoopback, networkOf } from './address-network.ts';

export interface HandshakeBudgetOptions {
  /** Handshakes an address may start per second in the long run. Default 64: a site of a hundred nodes behind one NAT reconnects in two seconds. */
  readonly perSecond?: number;
  /** Handshakes an address may start at once. Default 256. */
  readonly burst?: number;
  /** Addresses that are remembered; the least recently seen is forgotten first. Default 10,000. */
  readonly maxAddresses?: number;
  /** Budget loopback addresses, too. Default false: who runs on this machine needs no handshakes to load it. */
  readonly includeLoopback?: boolean;
}

interface Bucket {
  tokens: number;
  /** Clock time to which `tokens` refers. */
  at: number;
}

/**
 * A token bucket per remote network (see networkOf), shared by every protocol that a node listens
 * with: the public-key work that strangers can cause is bounded per sender. The table is bounded,
 * too; an attacker with more addresses than it holds meets the limits on pending handshakes.
 */
export class HandshakeBudget {
  private readonly clock: Clock;
  private readonly perMs: number;
  private readonly burst: number;
  private readonly maxAddresses: number;
  private readonly includeLoopback: boolean;
  /** In the order of last use, because each use re-inserts. */
  private readonly buckets = new Map<string, Bucket>();

  constructor(clock: Clock, options: HandshakeBudgetOptions = {}) {
    this.clock = clock;
    this.perMs = (options.perSecond ?? 64) / 1_000;
    this.burst = options.burst ?? 256;
    this.maxAddresses = options.maxAddresses ?? 10_000;
    this.includeLoopback = options.includeLoopback ?? false;
  }

  /** Takes one handshake out of `host`'s budget; false when nothing is left. */
  take(host: string): boolean {
    if (!this.includeLoopback && isLoopback(host)) return true;
    const network = networkOf(host);
    const bucket = this.refilled(network);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Networks that are remembered. */
  get size(): number {
    return this.buckets.size;
  }

  private refilled(network: string): Bucket {
    const now = this.clock.now();
    const known = this.buckets.get(network);
    if (known === undefined) {
      this.forgetOldest();
      const fresh = { tokens: this.burst, at: now };
      this.buckets.set(network, fresh);
      return fresh;
    }
    known.tokens = Math.min(this.burst, known.tokens + (now - known.at) * this.perMs);
    known.at = now;
    this.buckets.delete(network);
    this.buckets.set(network, known);
    return known;
  }

  private forgetOldest(): void {
    if (this.buckets.size < this.maxAddresses) return;
    const oldest = this.buckets.keys().next();
    if (oldest.done !== true) this.buckets.delete(oldest.value);
  }
}
