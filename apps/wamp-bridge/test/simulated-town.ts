import { formatAddress, type Unsubscribe } from '@macula/core';
import { createNode, type MaculaNode } from '@macula/node';
import {
  memoryNetwork,
  type MemoryNetwork,
  seededIdentity,
  type SeededRandom,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { Bridge } from '../src/bridge.ts';
import { parseConfig } from '../src/config/read-config.ts';
import { SimulatedRouter } from './simulated-router.ts';

const realm = 'be.macula.simulated';
const yaml = `
router: { url: 'ws://router', realm: realm1, dialect: static, settleMs: 500 }
mesh: { realm: ${realm}, bootstrap: [seed] }
events:
  - { router: be.up.**, direction: to-mesh, topics: [], qos: 1 }
  - { router: be.down.**, direction: to-router }
`;

/** What came of the numbers that were published on one topic, one after the other. */
export interface Account {
  readonly heard: number;
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
}

/** A router and a mesh in one virtual time, and bridges between them. */
export class SimulatedTown {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly router: SimulatedRouter;
  readonly bridges: Bridge[] = [];
  readonly #nodes: MaculaNode[] = [];
  readonly #chance: SeededRandom;

  /** With `neighbour`, a mesh of its own at the same router, in the same time. */
  constructor(seed: number, neighbour?: SimulatedTown) {
    this.clock = neighbour?.clock ?? virtualClock();
    this.#chance = seededRandom(seed);
    this.network = memoryNetwork({
      clock: this.clock,
      random: seededRandom(seed),
      latencyMs: { min: 0.5, max: 10 },
    });
    this.router = neighbour?.router ?? new SimulatedRouter(this.clock);
  }

  /** A node that has joined by the first one. */
  async node(): Promise<MaculaNode> {
    const identity = seededIdentity(this.#chance);
    const links = this.network.node({ id: identity.nodeId });
    const node = await createNode({
      ...{ realm, identity, links, clock: links.clock, environment: {} },
      random: this.#chance.fork(),
      bootstrap: this.#nodes.slice(0, 1).flatMap(({ addresses }) => addresses.map(formatAddress)),
    });
    this.#nodes.push(node);
    return node;
  }

  /** A bridge on a node of its own. Resolves when it has been started, not when it carries. */
  async bridge(): Promise<{ readonly bridge: Bridge; readonly node: MaculaNode }> {
    const node = await this.node();
    const bridge = new Bridge(
      {
        node,
        clock: this.clock,
        random: this.#chance.fork(),
        connect: this.router.connector(1 + this.#chance.integer(5)),
      },
      parseConfig(yaml, {}),
    );
    this.bridges.push(bridge);
    await bridge.start();
    return { bridge, node };
  }

  partition(a: readonly MaculaNode[], b: readonly MaculaNode[]): Unsubscribe {
    return this.network.partition(
      a.map(({ id }) => id),
      b.map(({ id }) => id),
    );
  }

  /** Publishes numbers from 0 on, one every `everyMs`, without waiting for any; gives what ends that. */
  publish(everyMs: number, publish: (value: number) => Promise<unknown>): { end(): void } {
    let next = 0;
    let going = true;
    const go = (): void => {
      if (!going) return;
      publish(next++).catch(() => undefined);
      this.clock.setTimer(go, everyMs);
    };
    go();
    return { end: () => void (going = false) };
  }

  async stop(): Promise<void> {
    await this.clock.complete(Promise.all(this.bridges.splice(0).map((bridge) => bridge.stop())));
    await this.clock.complete(Promise.all(this.#nodes.splice(0).map((node) => node.stop())));
    await this.clock.complete(this.network.stop());
  }
}

/** What was heard, from the first one on: nobody can hear what was published before the way stood. */
export function accountOf(heard: readonly number[]): Account {
  const first = heard[0] ?? 0;
  const last = Math.max(first - 1, ...heard);
  const distinct = new Set(heard);
  const firsts = [...distinct];
  return {
    heard: heard.length,
    lost: last - first + 1 - [...distinct].filter((value) => value >= first).length,
    doubled: heard.length - distinct.size,
    disordered: firsts.filter((value, i) => i > 0 && value < (firsts[i - 1] as number)).length,
  };
}
