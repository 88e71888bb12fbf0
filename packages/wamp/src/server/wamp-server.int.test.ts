import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type MetricDescription, type Metrics, noMetrics, systemClock } from '@macula/core';
import { eventually } from '@macula/testkit';
import { WebSocket } from 'ws';
import { RawClient } from '../../test/raw-client.ts';
import { RouterFixture } from '../../test/router-fixture.ts';
import {
  startWampServer,
  type WampRouter,
  type WampRouterOptions,
  type WampServer,
  type WampServerOptions,
} from '../index.ts';

const hello = '[1,"org.example",{"roles":{"subscriber":{}}}]';

describe('the WebSocket server', () => {
  let fixture: RouterFixture;
  const servers: WampServer[] = [];
  const clients: WebSocket[] = [];

  beforeEach(() => {
    fixture = new RouterFixture();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.terminate();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await fixture.stop();
  });

  async function serve(
    options: Partial<WampServerOptions> = {},
    routerOptions: WampRouterOptions = {},
    metrics?: Metrics,
  ): Promise<{ server: WampServer; router: WampRouter }> {
    const { router } = await fixture.router(routerOptions, metrics);
    const server = await startWampServer(router, { clock: systemClock, port: 0, ...options });
    servers.push(server);
    return { server, router };
  }

  function dial(server: WampServer, protocol = 'wamp.2.json', path = '/ws'): WebSocket {
    const client = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocol);
    clients.push(client);
    return client;
  }

  async function joined(server: WampServer): Promise<WebSocket> {
    const client = dial(server);
    await once(client, 'open');
    client.send(hello);
    await once(client, 'message');
    return client;
  }

  test.each([
    ['another path', 'wamp.2.json', '/other'],
    ['an unknown subprotocol', 'wamp.2.yaml', '/ws'],
  ])('refuses %s', async (_, protocol, path) => {
    const { server } = await serve();
    const [error] = (await once(dial(server, protocol, path), 'error')) as [Error];
    expect(error.message).toMatch(/Unexpected server response|no subprotocol/);
  });

  test('tells browsers that come by plain HTTP where WAMP is', async () => {
    const { server } = await serve();
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    expect([response.status, await response.text()]).toEqual([426, 'WAMP is at /ws\n']);
  });

  test('closes a connection whose message is too large, or of the wrong kind, and no other', async () => {
    const { server, router } = await serve({ maxMessageBytes: 1_000 });
    const [large, binary] = [await joined(server), await joined(server)];
    await joined(server);
    large.send('x'.repeat(2_000));
    await once(large, 'close');
    binary.send(Uint8Array.of(1, 2, 3));
    await once(binary, 'close');
    await eventually(() => router.sessions === 1);
  });

  test('takes as many connections as it may', async () => {
    const { server } = await serve({ maxConnections: 1 });
    await joined(server);
    const [code] = (await once(dial(server), 'close')) as [number];
    expect(code).toBe(1013);
  });

  test('ends clients that answer no ping', async () => {
    const { server, router } = await serve({ pingIntervalMs: 50 });
    const client = await joined(server);
    client.pause();
    await eventually(() => router.sessions === 0);
  });

  test('keeps clients that answer', async () => {
    const { server, router } = await serve({ pingIntervalMs: 20 });
    const client = await joined(server);
    for (let i = 0; i < 3; i++) await once(client, 'ping');
    expect(router.sessions).toBe(1);
  });

  test('says GOODBYE when it stops, and waits for nobody for ever', async () => {
    const { server } = await serve();
    const client = await joined(server);
    const message = once(client, 'message');
    await server.stop();
    expect(String((await message)[0])).toBe('[6,{},"wamp.close.system_shutdown"]');
  });

  test('disconnects a client that does not read, counts it, and keeps the others', async () => {
    let slow = 0;
    const counter = ({ labels }: MetricDescription) => ({
      inc: () => {
        if (labels?.['reason'] === 'slow') slow++;
      },
    });
    const { server, router } = await serve(
      {},
      { maxQueuedBytes: 200_000 },
      { ...noMetrics, counter },
    );
    const stuck = await joined(server);
    stuck.send('[32,1,{},"a.b"]');
    await once(stuck, 'message');
    stuck.pause();
    const publisher = await RawClient.joined(router);
    const text = 'x'.repeat(100_000);
    for (let request = 1; request < 500 && slow === 0; request++) {
      await publisher.request(16, { acknowledge: true }, 'a.b', [text]);
    }
    expect(slow).toBe(1);
    expect(router.sessions).toBe(1);
  });

  test('says when its port is taken', async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(serve({ port })).rejects.toThrow('EADDRINUSE');
    await new Promise((resolve) => other.close(resolve));
  });
});
