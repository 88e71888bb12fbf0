import type { WampServer } from '@macula/wamp';
import type { MaculaNode } from './macula-node.ts';
import type { NodeSettings } from './node-settings.ts';

/**
 * Serves WAMP clients where the settings ask for it. `@macula/wamp` is loaded only then: a node without WAMP clients
 * needs none of it.
 */
export async function serveWampClients(
  node: Omit<MaculaNode, 'wamp'>,
  { wamp, uriMode, clock, random, logger, metrics }: NodeSettings,
): Promise<WampServer | undefined> {
  if (wamp === undefined) return undefined;
  const { serveWamp } = await import('@macula/wamp');
  const server = await serveWamp(
    { mesh: node, clock, random, logger, metrics },
    { ...(uriMode && { uriMode }), ...wamp },
  );
  logger.info({ node: node.id.key, port: server.port }, 'WAMP clients are served');
  return server;
}
