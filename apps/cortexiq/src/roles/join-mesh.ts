import { formatAddress } from '@macula/core';
import { createNode } from '@macula/node';
import { MeshCarrier } from '../carrier/mesh-carrier.ts';
import { realm, routerRealm } from '../messages/names.ts';
import type { Connection, ConnectionDeps } from './connection.ts';

/**
 * How long joining may take, and a registration, milliseconds. The runner loses its patience much earlier, unless it sees that other
 * processes get on.
 */
const longestMs = 600_000;

export interface JoinMeshOptions {
  readonly bootstrap: readonly string[];
  /** Lets WAMP clients of this machine in. */
  readonly facade: boolean;
}

/** Takes part as a node of the mesh. */
export async function joinMesh(
  { signal }: Pick<ConnectionDeps, 'signal'>,
  { bootstrap, facade }: JoinMeshOptions,
): Promise<Connection> {
  const host = '127.0.0.1';
  const node = await createNode({
    realm,
    host,
    port: 0,
    bootstrap,
    joinTimeout: longestMs,
    rpc: { registerTimeout: longestMs },
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
