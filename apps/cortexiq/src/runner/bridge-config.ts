import { procedures, presenceOf, realm, routerRealm } from '../messages/names.ts';

/** What a bridge has to know of a street whose homes are at a router. */
export interface BridgedStreet {
  /** Of the router's WebSocket. */
  readonly routerUrl: string;
  /** Nodes of the mesh, `host:port`. */
  readonly bootstrap: readonly string[];
  /** Names of the homes' processes. */
  readonly edges: readonly string[];
}

/**
 * The bridge's configuration: all of the demo's names cross, acknowledged. The dialect is the one that asks least of a router,
 * so that what the mesh can call there is listed.
 */
export function bridgeConfig({ routerUrl, bootstrap, edges }: BridgedStreet): object {
  return {
    router: {
      url: routerUrl,
      realm: routerRealm,
      dialect: 'static',
      retry: { baseMs: 100, maxMs: 500 },
    },
    mesh: { realm, bootstrap, host: '127.0.0.1' },
    events: [{ router: 'be.cortexiq.**', qos: 1 }],
    procedures: [
      {
        router: 'be.cortexiq.**',
        procedures: [procedures.getStatus, procedures.acceptContract, ...edges.map(presenceOf)],
      },
    ],
    http: { port: 0 },
  };
}
