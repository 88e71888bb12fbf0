import { pause, systemClock } from '@macula/core';
import {
  createNode,
  type ObservationServer,
  prometheusMetrics,
  startObservationServer,
} from '@macula/node';
import { destination, pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describeSeed } from './describe-seed.ts';
import type { SeedOptions } from './seed-options.ts';

/** Gauges of prom-client that are named like counters; the same numbers are there by type, under better names. */
const misnamed = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** What a seed needs of its process. */
export interface SeedProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
  once(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): unknown;
}

/** Runs a seed node until SIGTERM or SIGINT, then drains and resolves; a second signal ends the process at once. */
export async function runSeed(options: SeedOptions, host: SeedProcess): Promise<void> {
  const logger = pino(
    { level: options.logLevel, name: 'macula-seed' },
    destination({ dest: 2, sync: true }),
  );
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const signal = firstSignal(host);
  const node = await createNode({
    realm: options.realm,
    host: options.host,
    port: options.port,
    dataDir: options.dataDir,
    bootstrap: options.bootstrap,
    ...(options.announce.length > 0 && { announce: options.announce }),
    ...(options.secret !== undefined && { secret: options.secret }),
    ...(options.wamp !== undefined && {
      wamp: { host: options.wampHost, port: options.wamp, realmAliases: options.wampRealms },
    }),
    joinTimeout: 0,
    environment: { ...host.env },
    logger,
    metrics: prometheusMetrics(registry),
  });
  let draining = false;
  let server: ObservationServer | undefined;
  try {
    server = await startObservationServer({
      host: options.httpHost,
      port: options.httpPort,
      registry,
      health: () => ({
        ok: !draining,
        body: draining ? { ...node.health(), status: 'draining' } : node.health(),
      }),
    });
    const listening = { ...options, httpPort: server.port, wamp: node.wamp?.port };
    host.stdout.write(describeSeed(node, listening, host.stdout.isTTY === true));
    const name = await signal.received;
    draining = true;
    logger.info({ signal: name, drainMs: options.drainMs }, 'draining');
    await pause(systemClock, options.drainMs);
  } finally {
    await node.stop();
    await server?.close();
    signal.release();
    registry.clear();
  }
  logger.info({}, 'stopped');
}

/** The first signal asks to drain; a second one does not wait for that. */
function firstSignal(host: SeedProcess): { received: Promise<string>; release(): void } {
  let heard: (name: string) => void = () => undefined;
  const received = new Promise<string>((resolve) => {
    heard = resolve;
  });
  let count = 0;
  const on = (name: 'SIGTERM' | 'SIGINT') => (): void => {
    count++;
    if (count > 1) host.exit(1);
    heard(name);
    host.once(name, listeners[name]);
  };
  const listeners = { SIGTERM: on('SIGTERM'), SIGINT: on('SIGINT') };
  host.once('SIGTERM', listeners.SIGTERM);
  host.once('SIGINT', listeners.SIGINT);
  return {
    received,
    release() {
      host.off('SIGTERM', listeners.SIGTERM);
      host.off('SIGINT', listeners.SIGINT);
    },
  };
}
