import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { type ObservationServer, startObservationServer } from './observation-server.ts';
import { prometheusMetrics } from './prometheus-metrics.ts';

const servers: ObservationServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

interface Watched {
  readonly health?: () => { ok: boolean; body: object };
  readonly registry?: Registry;
  readonly port?: number;
}

async function serve({ health, registry, port }: Watched = {}): Promise<string> {
  const server = await startObservationServer({
    host: '127.0.0.1',
    port: port ?? 0,
    health: health ?? (() => ({ ok: true, body: {} })),
    registry: registry ?? new Registry(),
  });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

describe('the observation server', () => {
  test('tells health, with the status that says whether it is good', async () => {
    let ok = true;
    const url = await serve({ health: () => ({ ok, body: { members: 3 } }) });
    const good = await fetch(`${url}/health?verbose`);
    expect([good.status, good.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await good.json()).toEqual({ members: 3 });
    ok = false;
    expect((await fetch(`${url}/health`)).status).toBe(503);
    const head = await fetch(`${url}/health`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([503, '']);
  });

  test('tells metrics as Prometheus reads them', async () => {
    const registry = new Registry();
    prometheusMetrics(registry).counter({ name: 'things_total', help: 'Things.' }).inc(2);
    const answer = await fetch(`${await serve({ registry })}/metrics`);
    expect(answer.headers.get('content-type')).toBe(registry.contentType);
    expect(await answer.text()).toContain('things_total 2');
  });

  test('says what there is to whoever asks for something else', async () => {
    const url = await serve();
    const posted = await fetch(`${url}/health`, { method: 'POST', body: '{}' });
    expect(posted.status).toBe(404);
    const other = await fetch(`${url}/other`);
    expect([other.status, await other.text()]).toEqual([404, 'There are /health and /metrics.\n']);
  });

  test('outlives health that cannot be told', async () => {
    let broken = true;
    const url = await serve({
      health: () => {
        if (broken) throw new Error('no such thing');
        return { ok: true, body: {} };
      },
    });
    const answer = await fetch(`${url}/health`);
    expect([answer.status, await answer.text()]).toEqual([500, 'no such thing\n']);
    broken = false;
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test('refuses a port that is taken', async () => {
    const { port } = new URL(await serve());
    await expect(serve({ port: Number(port) })).rejects.toThrow('EADDRINUSE');
  });

  test('closes while connections are open, and closes once', async () => {
    const url = new URL(await serve());
    const socket = connect(Number(url.port), url.hostname);
    const ended = new Promise((resolve) => socket.once('close', resolve).once('error', () => {}));
    await new Promise((resolve) => socket.once('connect', resolve));
    const [server] = servers as [ObservationServer];
    await Promise.all([server.close(), server.close()]);
    await ended;
    await expect(fetch(url)).rejects.toThrow();
  });
});
