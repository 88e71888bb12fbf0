import { formatAddress } from '@macula/core';
import { createNode } from '@macula/node';
import { MeshCarrier } from '../carrier/mesh-carrier.ts';
import { realm, routerRealm } from '../messages/names.ts';
import type { Connection, ConnectionDeps } from './connection.ts';

export interface JoinMeshOptions {
  readonly bootstrap: readonly string[];
  /** Milliseconds to join in, and for each registration: thirty processes that start at once on two cores answer late. */
  readonly timeout: number;
  /** Lets WAMP clients of this machine in. */
  readonly facade: boolean;
}

/** Takes part as a node of the mesh. */
export async function joinMesh(
  { signal }: Pick<ConnectionDeps, 'signal'>,
  { bootstrap, timeout, facade }: JoinMeshOptions,
): Promise<Connection> {
  const host = '127.0.0.1';
  const node = await createNode({
    realm,
    host,
    port: 0,
    bootstrap,
    joinTimeout: timeout,
    rpc: { registerTimeout: timeout },
    ...(facade && { wamp: { host, port: 0, realmAliases: [routerRealm] } }),
    signal,
    environment: {},
  });
  return {
    carrier: new MeshCarrier(node),
    reachable: {
      addresses: node.addresses.map(formatAddress),
      ...(node.wamp && { wampUrl: `ws://${host}:${node.wamp.port}/ws` }),
    },
  };
}
