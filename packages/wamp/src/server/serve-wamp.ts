import { switchRealms } from '../realm-switch.ts';
import { createWampRouter, type WampRouterDeps } from '../router.ts';
import type { WampRouterOptions } from '../router-options.ts';
import type { MeshPort } from '../mesh-port.ts';
import { startWampServer, type WampServer, type WampServerOptions } from './wamp-server.ts';

/** A realm that is served beside another, with rules of its own. */
export interface WampRealm extends WampRouterOptions {
  /** Who is in the realm already. Whoever made it stops it, after the endpoint. */
  readonly mesh: MeshPort;
}

/** How the WAMP clients of a mesh are served: what a router and a server need to know, in one. */
export interface WampEndpointOptions
  extends WampRouterOptions, Omit<WampServerOptions, 'clock' | 'logger'> {
  /** More realms at the same endpoint. Default: only the mesh's own, under its name and aliases. */
  readonly realms?: readonly WampRealm[];
}

/**
 * Serves WAMP clients at one endpoint: a router for the mesh, and one for each further realm. Throws
 * InvalidArgumentError for options that cannot work, and where the port cannot be listened on.
 */
export function serveWamp(
  { mesh, ...services }: WampRouterDeps,
  { realms = [], ...own }: WampEndpointOptions,
): Promise<WampServer> {
  const { clock, logger } = services;
  const routers = [{ mesh, ...own }, ...realms].map(({ mesh: realmMesh, ...rules }) =>
    createWampRouter({ mesh: realmMesh, ...services }, rules),
  );
  return startWampServer(switchRealms(routers), { ...own, clock, logger });
}
