import { expect } from '@jest/globals';
import type { Membership, MetricDescription, MetricLabels, Metrics } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  type MemoryNodeOptions,
  seededRandom,
  virtualClock,
  type VirtualClock,
} from '@macula/testkit';
import { createRpc, type Rpc, type RpcOptions } from '../src/index.ts';
import { SharedDirectory } from './shared-directory.ts';

/** Metrics that a test can read: counters by name and labels. */
export class CountingMetrics implements Metrics {
  readonly #counts = new Map<string, number>();
  readonly #reads = new Map<string, () => number>();

  /** `macula_rpc_calls_total ok` reads the series with `outcome="ok"`. */
  value(series: string): number {
    return this.#reads.get(series)?.() ?? this.#counts.get(series) ?? 0;
  }

  counter(description: MetricDescription) {
    const name = seriesOf(description);
    return { inc: (by = 1) => this.#counts.set(name, (this.#counts.get(name) ?? 0) + by) };
  }

  gauge(description: MetricDescription) {
    return { set: (value: number) => this.#counts.set(seriesOf(description), value) };
  }

  observedGauge(description: MetricDescription, read: () => number) {
    this.#reads.set(seriesOf(description), read);
    return () => undefined;
  }

  histogram(description: MetricDescription) {
    const { inc } = this.counter(description);
    return { observe: () => inc() };
  }
}

function seriesOf({ name, labels }: { name: string; labels?: MetricLabels }): string {
  return [name, ...Object.values(labels ?? {})].join(' ');
}

export interface MeshNode {
  readonly rpc: Rpc;
  readonly links: MemoryLinks;
  readonly metrics: CountingMetrics;
}

/** A few nodes on one virtual clock, with links and a directory in memory. */
export class Mesh {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly directory: SharedDirectory;
  readonly nodes: MeshNode[] = [];
  readonly #seed: number;

  constructor(options: MemoryNetworkOptions & { seed?: number; directoryDelayMs?: number } = {}) {
    const { seed = 1, directoryDelayMs, ...network } = options;
    this.#seed = seed;
    this.network = memoryNetwork({
      clock: this.clock,
      random: seededRandom(seed),
      omniscient: true,
      ...network,
    });
    this.directory = new SharedDirectory(this.clock, directoryDelayMs);
  }

  async node(
    options: Partial<RpcOptions> & { membership?: Membership } = {},
    process: MemoryNodeOptions = {},
  ): Promise<MeshNode> {
    return this.#start(this.network.node(process), options);
  }

  async restart(node: MeshNode): Promise<MeshNode> {
    return this.#start(this.network.restart(node.links.self), {});
  }

  /** Ends a node without goodbye; the directory forgets it. */
  crash(node: MeshNode): void {
    this.network.crash(node.links.self);
    this.directory.expire(node.links.self);
  }

  /** Lets the directory spread what was announced. */
  settle(): Promise<void> {
    return this.clock.advance(10);
  }

  /** Stops everything, then checks that nothing is left behind and no handler of a link has thrown. */
  async stop(): Promise<void> {
    const stopping = this.nodes.map(({ rpc }) => rpc.stop());
    await this.clock.complete(Promise.all(stopping));
    await this.clock.complete(this.network.stop());
    await this.settle();
    const left = {
      timers: this.nodes.map(({ links }) => links.clock.pendingTimers),
      pinned: this.nodes.map(({ links }) => links.pinned.length),
      watchers: this.directory.watchers,
      failures: this.network.failures,
    };
    const none = this.nodes.map(() => 0);
    expect(left).toEqual({ timers: none, pinned: none, watchers: 0, failures: [] });
  }

  async #start(
    links: MemoryLinks,
    { membership, ...options }: Partial<RpcOptions> & { membership?: Membership },
  ): Promise<MeshNode> {
    const metrics = new CountingMetrics();
    const rpc = createRpc(
      {
        links,
        directory: this.directory.node(links.self),
        membership,
        clock: links.clock,
        random: seededRandom(this.#seed + this.nodes.length + 100),
        metrics,
      },
      { realm: 'test', ...options },
    );
    await rpc.start();
    const node = { rpc, links, metrics };
    this.nodes.push(node);
    return node;
  }
}

/** The error that `promise` rejects with; rejects where it resolves. */
export function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as Error,
  );
}
