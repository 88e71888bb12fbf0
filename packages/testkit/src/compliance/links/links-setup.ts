import type { Address, Links } from '@macula/core';

/** A running node of the implementation under test. */
export type LinksUnderTest = Links & { stop(): Promise<void> };

export interface NodeUnderTestOptions {
  /** Nodes of different realms must refuse one another. Without it, all nodes share one. */
  readonly realm?: string;
}

/** One implementation of Links, ready for one test. */
export interface LinksSetup {
  /** Starts a node that listens on at least one address. Runs within complete(): it must not move a virtual clock itself. */
  create(options?: NodeUnderTestOptions): Promise<LinksUnderTest>;
  /** Where nobody answers. */
  readonly unreachableAddress: Address;
  /** Lets time pass until `condition` holds; throws when it does not within a few seconds. */
  eventually(condition: () => boolean): Promise<void>;
  /** Lets time pass until `promise` settles, and returns or throws what it settles to. In real time: `(promise) => promise`. */
  complete<T>(promise: Promise<T>): Promise<T>;
  /** Ends what create() has not handed out; the suite stops the nodes themselves. */
  teardown(): Promise<void>;
}

export interface LinksComplianceOptions {
  /** Whether links carry datagrams. Default true. */
  readonly datagrams?: boolean;
  /** Whether create() can make nodes of different realms. Default true. */
  readonly realms?: boolean;
}
