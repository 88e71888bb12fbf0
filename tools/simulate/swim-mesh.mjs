// A mesh of nodes with membership by SWIM over the simulated network, in virtual time.
import { createSwim, StatementPool } from '@macula/swim';
import { stallingLinks } from './stalling-links.mjs';
import { memoryNetwork, seededRandom, virtualClock } from '@macula/testkit';

export class SimulatedMesh {
  nodes = [];
  /** What anybody was told: { at, by, type, about }. */
  events = [];
  #seed;

  constructor({ seed = 1, network = {}, swim = {}, stalling = false } = {}) {
    this.stalling = stalling;
    this.#seed = seed;
    this.clock = virtualClock();
    this.random = seededRandom(seed);
    this.network = memoryNetwork({
      clock: this.clock,
      random: seededRandom(seed + 1_000_000),
      latencyMs: { min: 1, max: 5 },
      ...network,
    });
    this.swim = swim;
    this.statements = new StatementPool();
  }

  async join(bootstrap = this.nodes[0], links = this.network.node(), options = {}) {
    const stalling = stallingLinks(links);
    const membership = createSwim(
      {
        links: this.stalling ? stalling : links,
        clock: links.clock,
        random: seededRandom(++this.#seed),
        statements: this.statements,
      },
      { ...this.swim, ...options, bootstrap: bootstrap?.links.localAddresses ?? [] },
    );
    const node = { id: links.self, links, stalling, membership };
    membership.onChange(({ type, member }) => {
      if (!this.quiet) {
        this.events.push({ at: this.clock.now(), by: node, type, about: member.id.key });
      }
    });
    this.nodes.push(node);
    await membership.start();
    return node;
  }

  /** `count` nodes that have joined one another, a batch at a time. */
  async grow(count, batch = 50) {
    while (this.nodes.length < count) {
      for (let i = 0; i < batch && this.nodes.length < count; i++) await this.join();
      await this.clock.advance(1_000);
    }
    await this.until(
      () => this.nodes.every(({ membership }) => sizeOf(membership) === count - 1),
      600_000,
    );
    // The last rumours die down.
    await this.clock.advance(15_000);
    this.events.length = 0;
  }

  /** `count` nodes that know one another from a snapshot, as after a restart of the whole mesh. */
  async wake(count) {
    this.quiet = true;
    const links = Array.from({ length: count }, () => this.network.node());
    const snapshot = links.map(({ self, localAddresses }) => ({
      ...{ id: self, addresses: localAddresses, metadata: {} },
      ...{ status: 'alive', incarnation: 1n },
    }));
    // They need nobody to join by; and of itself, everybody knows better than the snapshot.
    for (const own of links) await this.join(null, own, { snapshot, incarnation: 1n });
    // Links open, and whoever could not be reached meanwhile has refuted that.
    await this.clock.advance(60_000);
    this.quiet = false;
  }

  /** `count` nodes that know one another, in whichever way is wanted. */
  async fill(count, woken) {
    await (woken ? this.wake(count) : this.grow(count));
  }

  /** Looks every 100 ms; returns the milliseconds that it took, or NaN. */
  async until(condition, limitMs) {
    const start = this.clock.now();
    while (!condition()) {
      if (this.clock.now() - start >= limitMs) return NaN;
      await this.clock.advance(100);
    }
    return this.clock.now() - start;
  }

  some(count, among = this.nodes) {
    const pool = [...among];
    return Array.from({ length: count }, () => pool.splice(this.random.integer(pool.length), 1)[0]);
  }
}

export function sizeOf(membership) {
  return membership.size;
}

export function median(values) {
  return percentile(values, 0.5);
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
