import type { Address, NodeId, Random } from '@macula/core';
import type { MemoryLinks, ProcessClock } from '../network/memory-links.ts';
import type { SeededIdentity } from '../random/seeded-identity.ts';

/** What one process of a simulated application is given. */
export interface Environment {
  /** `n0`, `n1` and so on: what scenarios call the node. */
  readonly name: string;
  /** 0 for `n0`. */
  readonly index: number;
  /** 1 at the first start, one more at each restart. */
  readonly life: number;
  /** The node's key, from the simulation's seed; its ID is that of `links`, in all lives. */
  readonly identity: SeededIdentity;
  readonly links: MemoryLinks;
  /** The node's own clock, which stops with the node. */
  readonly clock: ProcessClock;
  /** A source of the node's own, from the simulation's seed. */
  readonly random: Random;
  /** Where to join: addresses of up to three of the first nodes, without this one. */
  readonly bootstrap: readonly Address[];
  /** What outlives a crash. */
  readonly disk: Map<string, unknown>;
}

/** An application that is started once it is made, and stopped at the end, where it can be. */
export interface Application {
  start?(): unknown;
  stop?(): unknown;
}

/** Makes the application of one node: the code under test. */
export type ApplicationFactory<A> = (environment: Environment) => A | Promise<A>;

/** A node of a simulation, over all its lives. */
export interface SimulatedNode<A> {
  readonly name: string;
  readonly index: number;
  readonly id: NodeId;
  readonly condition: 'starting' | 'running' | 'paused' | 'crashed';
  /** The links of its present life. */
  readonly links: MemoryLinks;
  /** The application in its present life, or that of the last one after a crash. Throws NotRunningError while it starts for the first time. */
  readonly app: A;
}
