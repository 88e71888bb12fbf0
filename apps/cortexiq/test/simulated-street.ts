import { setMaxListeners } from 'node:events';
import { formatAddress } from '@macula/core';
import { createNode, ephemeralIdentity, type MaculaNode } from '@macula/node';
import {
  type MemoryNetwork,
  memoryNetwork,
  type NetworkConditions,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { MeshCarrier } from '../src/carrier/mesh-carrier.ts';
import type { Dataset } from '../src/data/dataset.ts';
import { realm } from '../src/messages/names.ts';
import { announcePresence, meet } from '../src/roles/presence.ts';
import type { RunningRole } from '../src/roles/role.ts';
import { startRole } from '../src/roles/start-role.ts';
import { Traffic } from '../src/roles/traffic.ts';
import type { DemoOptions } from '../src/runner/demo-options.ts';
import { type DemoPlan, planDemo } from '../src/runner/demo-plan.ts';

/** One process of the demo, in this process and on a simulated network. */
interface Actor {
  readonly node: MaculaNode;
  readonly traffic: Traffic;
  readonly role: RunningRole;
}

/** The whole demo on a simulated network, in virtual time. */
export class SimulatedStreet {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly plan: DemoPlan;
  readonly actors = new Map<string, Actor>();
  /** What roles could not go on because of. */
  readonly failures: unknown[] = [];
  readonly #ended = new AbortController();

  constructor(
    dataset: Dataset,
    options: Partial<DemoOptions>,
    network: Partial<NetworkConditions> = {},
  ) {
    const all = {
      homes: 5,
      hours: 24,
      from: 0,
      speed: Infinity,
      data: '',
      homesPerProcess: 100,
      homesOn: 'mesh' as const,
    };
    // Every process that waits listens.
    setMaxListeners(0, this.#ended.signal);
    this.plan = planDemo(dataset, { ...all, ...options });
    this.network = memoryNetwork({ clock: this.clock, latencyMs: 2, ...network });
  }

  /** Starts every role and lets them meet. */
  async open(): Promise<void> {
    for (const { name, settings } of this.plan.processes) {
      const identity = await ephemeralIdentity({ clock: this.clock });
      const links = this.network.node({ id: identity.nodeId });
      const seed = this.actors.get('seed')?.node;
      const node = await this.clock.complete(
        createNode({
          realm,
          bootstrap: seed?.addresses.map(formatAddress) ?? [],
          links,
          identity,
          clock: links.clock,
          random: seededRandom(this.actors.size + 1),
          environment: {},
        }),
      );
      const carrier = new MeshCarrier(node);
      const traffic = new Traffic(carrier);
      const context = {
        traffic,
        clock: this.clock,
        machineNow: () => this.clock.now(),
        signal: this.#ended.signal,
        fail: (error: unknown) => this.failures.push(error),
      };
      const role = await this.clock.complete(startRole(context, settings));
      await this.clock.complete(announcePresence(carrier, name));
      this.actors.set(name, { node, traffic, role });
    }
    const names = [...this.actors.keys()];
    const met = [...this.actors].map(([name, { node }]) =>
      meet(
        new MeshCarrier(node),
        this.clock,
        names.filter((other) => other !== name),
        { signal: this.#ended.signal },
      ),
    );
    await this.clock.complete(Promise.all(met));
  }

  /** Lets the clock of the street run to its end. */
  async run(): Promise<void> {
    await this.clock.complete(this.actor('simulation').role.run?.() ?? Promise.resolve(), {
      limitMs: 3_600_000,
    });
  }

  actor(name: string): Actor {
    const actor = this.actors.get(name);
    if (actor === undefined) throw new Error(`no ${name} in this street`);
    return actor;
  }

  /** Calls a procedure from the given process. */
  async call(procedure: string, value: object, from = 'seed'): Promise<unknown> {
    return this.clock.complete(this.actor(from).node.call(procedure, value, { timeout: 5_000 }));
  }

  /** Ends a node as kill -9 does. */
  crash(name: string): void {
    this.network.crash(this.actor(name).node.id);
    this.actors.delete(name);
  }

  /** Stops everything; resolves with how many timers were left behind. */
  async close(): Promise<number> {
    this.#ended.abort();
    const nodes = [...this.actors.values()].map(({ node }) => node.stop());
    await this.clock.complete(Promise.all(nodes));
    await this.clock.complete(this.network.stop());
    await this.clock.advance(30_000);
    return this.clock.pendingTimers;
  }
}
