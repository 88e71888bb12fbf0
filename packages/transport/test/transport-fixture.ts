import { parseRealm } from '@macula/core';
import {
  ephemeralIdentity,
  type Identity,
  openAdmission,
  type RealmAdmission,
} from '@macula/identity';
import { createTransport, type Transport, type TransportDependencies } from '../src/transport.ts';
import type { TransportOptions } from '../src/transport-options.ts';

/** The realm of nodes that do not name one. */
export const testRealm = parseRealm('be.macula.test');

export interface TransportFixture {
  /** Starts a node on 127.0.0.1. */
  node(
    options?: TransportOptions,
    deps?: Partial<TransportDependencies> & { realm?: string; admission?: RealmAdmission },
  ): Promise<TestTransport>;
  /** Stops every node. */
  stop(): Promise<void>;
}

export interface TestTransport extends Transport {
  readonly identity: Identity;
}

/** Real transports on the loopback interface, in real time. */
export function transportFixture(common: TransportOptions = {}): TransportFixture {
  const nodes: Transport[] = [];
  return {
    async node(options = {}, { realm, ...deps } = {}) {
      const identity = deps.identity ?? (await ephemeralIdentity());
      const admission =
        deps.admission ?? openAdmission(realm === undefined ? testRealm : parseRealm(realm));
      const pool = { attemptMs: 500, ...common.pool, ...options.pool };
      const transport = createTransport(
        { ...deps, admission, identity },
        { host: '127.0.0.1', ...common, ...options, pool },
      );
      nodes.push(transport);
      await transport.start();
      return Object.assign(transport, { identity });
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
