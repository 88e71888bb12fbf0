import { createServer, type RequestListener } from 'node:http';
import type { Registry } from 'prom-client';

export interface ObservationServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** What `/health` answers; `ok: false` gives status 503. */
  readonly health: () => { readonly ok: boolean; readonly body: object };
  /** What `/metrics` answers. */
  readonly registry: Registry;
}

export interface ObservationServer {
  readonly port: number;
  /** Ends open connections. Idempotent. */
  close(): Promise<void>;
}

/** Serves `/health` and `/metrics` for people and machines that watch a process. Rejects when the port is taken. */
export async function startObservationServer(
  options: ObservationServerOptions,
): Promise<ObservationServer> {
  const server = createServer(answering(options));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
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
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function answering(options: ObservationServerOptions): RequestListener {
  return (request, response) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const path = request.url?.split('?', 1)[0];
    void answerTo(reads ? path : undefined, options)
      .catch((error: unknown) => plain(500, `${(error as Error).message}\n`))
      .then(({ status, type, text }) => {
        response.writeHead(status, { 'content-type': type }).end(text);
      });
  };
}

async function answerTo(
  path: string | undefined,
  { health, registry }: ObservationServerOptions,
): Promise<Answer> {
  if (path === '/health') {
    const { ok, body } = health();
    return { status: ok ? 200 : 503, type: 'application/json', text: JSON.stringify(body) };
  }
  if (path === '/metrics') {
    return { status: 200, type: registry.contentType, text: await registry.metrics() };
  }
  return plain(404, 'There are /health and /metrics.\n');
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', text };
}
