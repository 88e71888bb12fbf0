import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';

export interface ObservationServerOptions {
  readonly host: string;
  readonly port: number;
  /** What `/health` answers; `ok: false` gives status 503. */
  readonly health: () => { readonly ok: boolean; readonly body: object };
  readonly registry: Registry;
}

export interface ObservationServer {
  readonly port: number;
  /** Ends open connections. Idempotent. */
  close(): Promise<void>;
}

/** Serves `/health` and `/metrics` for people and machines that watch the bridge. Rejects when the port is taken. */
export async function startObservationServer(
  options: ObservationServerOptions,
): Promise<ObservationServer> {
  const app = new Hono();
  app.get('/health', (context) => {
    const { ok, body } = options.health();
    return context.json(body, ok ? 200 : 503);
  });
  app.get('/metrics', async (context) => {
    const { registry } = options;
    return context.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
  app.notFound((context) => context.text('There are /health and /metrics.\n', 404));
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = serve({ fetch: app.fetch, hostname: options.host, port: options.port }, () => {
      resolve(starting);
    });
    starting.once('error', reject);
  });
  const address = server.address();
  let closing: Promise<void> | undefined;
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      return closing;
    },
  };
}
