import { type Logger, type Metrics, systemClock, systemRandom } from '@macula/core';
import type { MaculaNode } from '@macula/node';
import { createWampRouter, startWampServer, type WampServer } from '@macula/wamp';
import type { SeedOptions } from './seed-options.ts';

/** Serves WAMP clients where the options ask for it. Rejects when the port is taken. */
export async function serveWamp(
  node: MaculaNode,
  options: Pick<SeedOptions, 'wamp' | 'wampHost' | 'wampRealms'>,
  services: { readonly logger: Logger; readonly metrics: Metrics },
): Promise<WampServer | undefined> {
  if (options.wamp === undefined) return undefined;
  const router = createWampRouter(
    { mesh: node, clock: systemClock, random: systemRandom, ...services },
    { realmAliases: options.wampRealms },
  );
  return startWampServer(router, {
    clock: systemClock,
    logger: services.logger,
    host: options.wampHost,
    port: options.wamp,
  });
}
