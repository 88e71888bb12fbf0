import { InvalidArgumentError, NotRunningError, type Random, TimeoutError } from '@macula/core';
import { type VirtualClock, virtualClock } from '../clock/virtual-clock.ts';
import type { MemoryLinks } from '../network/memory-links.ts';
import {
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
} from '../network/memory-network.ts';
import type { MemoryNodeOptions } from '../network/memory-node-options.ts';
import { type SeededIdentity, seededIdentity } from '../random/seeded-identity.ts';
import { type SeededRandom, seededRandom } from '../random/seeded-random.ts';
import { EventTrace } from './event-trace.ts';
import type {
  Application,
  ApplicationFactory,
  Environment,
  SimulatedNode,
} from './simulated-node.ts';

/** What a simulation's network may be told; its clock and its chance are the simulation's. */
export type SimulatedNetworkOptions = Omit<MemoryNetworkOptions, 'clock' | 'random' | 'onFrame'>;

/** Nodes of an application in virtual time: what actions act on and invariants look at. */
export interface Simulation<A> {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  /** For actions; applications have sources of their own. */
  readonly random: Random;
  /** All that have been started once, in the order of their names' numbers. */
  readonly nodes: readonly SimulatedNode<A>[];
  /** Those that run now, and are neither starting, paused nor crashed. */
  readonly running: readonly SimulatedNode<A>[];
  readonly trace: EventTrace;
  /** The node of that name. Throws InvalidArgumentError when there is none. */
  readonly node: (name: string) => SimulatedNode<A>;
  crash(name: string): void;
  restart(name: string, options?: { readonly disk?: 'kept' | 'lost' }): void;
  pause(name: string): void;
  resume(name: string): void;
}

const bootstrapNodes = 3;

class Node<A extends object> implements SimulatedNode<A> {
  readonly name: string;
  readonly index: number;
  readonly identity: SeededIdentity;
  links: MemoryLinks;
  condition: SimulatedNode<A>['condition'] = 'starting';
  life = 0;
  disk = new Map<string, unknown>();
  application: A | undefined;

  constructor(index: number, identity: SeededIdentity, links: MemoryLinks) {
    this.name = `n${index}`;
    this.index = index;
    this.identity = identity;
    this.links = links;
  }

  get id(): MemoryLinks['self'] {
    return this.links.self;
  }

  get app(): A {
    if (this.application === undefined) throw new NotRunningError(`${this.name} is starting`);
    return this.application;
  }
}

/** A simulation, and what only those who run it may do. */
export class SimulatedMesh<A extends object> implements Simulation<A> {
  readonly seed: number;
  readonly clock = virtualClock();
  readonly network: MemoryNetwork;
  readonly random: Random;
  readonly trace = new EventTrace();
  readonly nodes: Node<A>[] = [];
  /** The first application that could not be made or started. */
  failedStart: { readonly node: string; readonly error: unknown } | undefined;
  /** The first application that could not be stopped. */
  failedStop: { readonly node: string; readonly error: unknown } | undefined;
  private readonly sources: SeededRandom;
  private readonly factory: ApplicationFactory<A>;
  private readonly byName = new Map<string, Node<A>>();
  private readonly indices = new Map<string, number>();

  constructor(seed: number, factory: ApplicationFactory<A>, options: SimulatedNetworkOptions) {
    this.seed = seed;
    this.factory = factory;
    this.sources = seededRandom(seed);
    this.random = this.sources.fork();
    this.network = memoryNetwork({
      omniscient: true,
      ...options,
      clock: this.clock,
      random: this.sources.fork(),
      onFrame: (from, to, frame) => {
        this.trace.frame(this.clock.now(), this.indexOf(from.key), this.indexOf(to.key), frame);
      },
    });
  }

  get running(): readonly Node<A>[] {
    return this.nodes.filter(({ condition }) => condition === 'running');
  }

  readonly node = (name: string): Node<A> => {
    const node = this.byName.get(name);
    if (node === undefined) throw new InvalidArgumentError(`there is no node ${name}`);
    return node;
  };

  add(options: Omit<MemoryNodeOptions, 'id'> = {}): void {
    const identity = seededIdentity(this.sources);
    const links = this.network.node({ ...options, id: identity.nodeId });
    const node = new Node<A>(this.nodes.length, identity, links);
    this.nodes.push(node);
    this.byName.set(node.name, node);
    this.indices.set(node.id.key, node.index);
    void this.live(node);
  }

  crash(name: string): void {
    const node = this.node(name);
    this.network.crash(node.id);
    node.condition = 'crashed';
  }

  restart(name: string, { disk = 'kept' }: { readonly disk?: 'kept' | 'lost' } = {}): void {
    const node = this.node(name);
    node.links = this.network.restart(node.id);
    if (disk === 'lost') node.disk = new Map();
    void this.live(node);
  }

  pause(name: string): void {
    const node = this.node(name);
    this.network.pause(node.id);
    if (node.condition === 'running') node.condition = 'paused';
  }

  resume(name: string): void {
    const node = this.node(name);
    this.network.resume(node.id);
    if (node.condition === 'paused') node.condition = 'running';
  }

  /** Stops every application and then the network, in virtual time. */
  async stop(): Promise<void> {
    for (const node of this.nodes) if (node.condition === 'paused') this.resume(node.name);
    const stopping = new Set(this.running);
    const stops = Array.from(stopping, async (node) => {
      try {
        await (node.app as Application).stop?.();
      } catch (error) {
        this.failedStop ??= { node: node.name, error };
      }
      stopping.delete(node);
    });
    await this.clock.complete(Promise.all(stops)).catch(() => {
      const [first] = stopping;
      const error = new TimeoutError('stop() has not come to an end within a virtual minute');
      this.failedStop ??= { node: first?.name ?? '', error };
    });
    await this.clock.complete(this.network.stop());
  }

  /** Ends everything at once, as after a failure. */
  abandon(): void {
    for (const { name } of this.nodes) {
      try {
        this.crash(name);
      } catch (error) {
        // It has crashed already, or its application has stopped its links.
        if (!(error instanceof InvalidArgumentError)) throw error;
      }
    }
  }

  private async live(node: Node<A>): Promise<void> {
    const life = ++node.life;
    const isOver = (): boolean => node.life !== life || node.condition === 'crashed';
    node.condition = 'starting';
    try {
      const app = await this.factory(this.environmentOf(node));
      if (isOver()) return;
      node.application = app;
      await (app as Application).start?.();
      if (!isOver()) node.condition = 'running';
    } catch (error) {
      if (!isOver()) this.failedStart ??= { node: node.name, error };
    }
  }

  private environmentOf(node: Node<A>): Environment {
    const { name, index, life, identity, links, disk } = node;
    const bootstrap = this.nodes
      .slice(0, bootstrapNodes + 1)
      .filter((other) => other !== node)
      .slice(0, bootstrapNodes)
      .flatMap((other) => other.links.localAddresses);
    const random = this.sources.fork();
    return { name, index, life, identity, links, clock: links.clock, random, bootstrap, disk };
  }

  private indexOf(key: string): number {
    return this.indices.get(key) ?? -1;
  }
}
