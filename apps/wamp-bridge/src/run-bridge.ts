import { type Logger, systemClock, systemRandom } from '@macula/core';
import {
  createNode,
  type MaculaNode,
  type ObservationServer,
  prometheusMetrics,
  startObservationServer,
} from '@macula/node';
import { destination, pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Bridge } from './bridge.ts';
import type { BridgeOptions } from './bridge-options.ts';
import type { BridgeConfig } from './config/bridge-schema.ts';
import { readConfig } from './config/read-config.ts';
import { readSecret } from './config/read-secret.ts';
import type { ConnectRouter } from './router/router-session.ts';
import { wampyOptions } from './router/wampy-options.ts';
import { openWampySession } from './router/wampy-session.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** What a bridge needs of its process. */
export interface BridgeProcess {
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/** Runs a bridge until SIGTERM or SIGINT; SIGHUP reads the configuration again. */
export async function runBridge(options: BridgeOptions, host: BridgeProcess): Promise<void> {
  let bridge: Bridge | undefined;
  let started = false;
  let askedEarly = false;
  const reload = (): void => {
    if (started) void reread(options, host.env, bridge, logger);
    else askedEarly = true;
  };
  // Before anything is waited for: a signal that nobody hears ends the process.
  host.on('SIGHUP', reload);
  const config = await readConfig(options.config, host.env);
  const logger = pino(
    { level: options.logLevel, name: 'macula-wamp-bridge' },
    destination({ dest: 2, sync: true }),
  );
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = prometheusMetrics(registry);
  const ending = new Promise<void>((resolve) => {
    host.on('SIGTERM', resolve);
    host.on('SIGINT', resolve);
  });
  const node = await meshNode(config, host.env, { logger, metrics });
  let server: ObservationServer | undefined;
  try {
    const running = new Bridge(
      {
        ...{ node, logger, metrics, clock: systemClock, random: systemRandom },
        connect: connector(config, host.env),
      },
      config,
    );
    bridge = running;
    await bridge.start();
    server = await startObservationServer({
      ...config.http,
      registry,
      health: () => {
        const body = running.health();
        return { ok: body.status === 'connected' || body.status === 'degraded', body };
      },
    });
    started = true;
    if (askedEarly) reload();
    host.stdout.write(announcement(node, config, server.port, options.json));
    await ending;
    logger.info({}, 'stopping');
  } finally {
    host.off('SIGHUP', reload);
    await bridge?.stop();
    await node.stop();
    await server?.close();
    registry.clear();
  }
}

async function meshNode(
  { mesh }: BridgeConfig,
  environment: Environment,
  services: { readonly logger: Logger; readonly metrics: ReturnType<typeof prometheusMetrics> },
): Promise<MaculaNode> {
  return createNode({
    realm: mesh.realm,
    bootstrap: mesh.bootstrap,
    host: mesh.host,
    port: mesh.port,
    ...(mesh.dataDir !== undefined && { dataDir: mesh.dataDir }),
    ...(mesh.secret !== undefined && { secret: await readSecret(mesh.secret, environment) }),
    environment: { ...environment },
    // An event that waits for the router is not acknowledged before it is there, or given up.
    pubsub: { handlerTimeoutMs: 120_000 },
    ...services,
  });
}

/** Opens sessions at the configured router; secrets are read anew each time. */
export function connector({ router }: BridgeConfig, environment: Environment): ConnectRouter {
  return async ({ signal }) =>
    openWampySession(router.url, await wampyOptions(router, environment), {
      clock: systemClock,
      timeoutMs: router.connectTimeoutMs,
      signal,
    });
}

/** A configuration that is wrong changes nothing. */
async function reread(
  options: BridgeOptions,
  environment: Environment,
  bridge: Bridge | undefined,
  logger: Logger,
): Promise<void> {
  try {
    const changes = await bridge?.reconfigure(await readConfig(options.config, environment));
    logger.info({ ...changes }, 'the configuration was read again');
    if (changes !== undefined && changes.later.length > 0) {
      logger.warn({ later: changes.later }, 'this counts from the next start of the bridge');
    }
  } catch (error) {
    logger.error({ error: (error as Error).message }, 'the configuration stays as it was');
  }
}

function announcement(
  node: MaculaNode,
  { router, http }: BridgeConfig,
  port: number,
  json: boolean,
): string {
  const watch = `http://${http.host}:${port}`;
  if (json) {
    return `${JSON.stringify({ id: node.id.key, realm: node.realm, router: router.url, http: watch })}\n`;
  }
  return [
    `Macula WAMP bridge of realm ${node.realm}`,
    `  node ID    ${node.id.key}`,
    `  router     ${router.url}  realm ${router.realm}`,
    `  watch      ${watch}/health  ${watch}/metrics`,
    '',
  ].join('\n');
}
