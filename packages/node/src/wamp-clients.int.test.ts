import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { formatAddress, InvalidArgumentError } from '@macula/core';
import { CallError, type CallContext } from '@macula/rpc';
import { eventually } from '@macula/testkit';
import { Wampy } from 'wampy';
import { WebSocket } from 'ws';
import { createNode } from './create-node.ts';
import type { MaculaNode } from './macula-node.ts';
import type { NodeOptions } from './node-options.ts';

const realm = 'be.macula.wamp-test';

interface AutobahnSession {
  readonly id: number;
  publish(topic: string, args: unknown[], kwargs?: object, options?: object): Promise<unknown>;
  subscribe(topic: string, handler: (args: unknown[]) => void, options?: object): Promise<unknown>;
  register(procedure: string, handler: (args: unknown[]) => unknown): Promise<unknown>;
  call(procedure: string, args?: unknown[]): Promise<unknown>;
}

interface AutobahnConnection {
  readonly isOpen: boolean;
  onopen: (session: AutobahnSession) => void;
  onclose: (reason: string) => boolean;
  open(): void;
  close(): void;
}

describe('WAMP clients of two real nodes', () => {
  const nodes: MaculaNode[] = [];
  const wampys: Wampy[] = [];
  const connections: AutobahnConnection[] = [];
  let urls: string[];

  beforeEach(async () => {
    // autobahn takes the platform's WebSocket, which Node has from version 22 on, and talks to the console.
    (globalThis as { WebSocket?: unknown }).WebSocket ??= WebSocket;
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    urls = [];
    for (const name of ['a', 'b']) {
      const bootstrap = nodes.slice(0, 1).flatMap((node) => node.addresses.map(formatAddress));
      const wamp = { port: 0, realmAliases: [`realm-${name}`], authorize: () => true };
      const node = await createNode({ realm, host: '127.0.0.1', bootstrap, environment: {}, wamp });
      nodes.push(node);
      urls.push(`ws://127.0.0.1:${node.wamp?.port}/ws`);
    }
  });

  afterEach(async () => {
    for (const client of wampys.splice(0)) await client.disconnect();
    for (const connection of connections.splice(0)) if (connection.isOpen) connection.close();
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
  });

  async function wampy(url: string | undefined, name = realm): Promise<Wampy> {
    const options = { realm: name, ws: WebSocket as never, maxRetries: 0 };
    const client = new Wampy(url as string, options);
    await client.connect();
    wampys.push(client);
    return client;
  }

  function autobahn(url: string | undefined): Promise<AutobahnSession> {
    const { Connection } = createRequire(import.meta.url)('autobahn') as {
      Connection: new (options: object) => AutobahnConnection;
    };
    const connection = new Connection({ url, realm, max_retries: 0 });
    connections.push(connection);
    return new Promise((resolve, reject) => {
      connection.onopen = resolve;
      connection.onclose = (reason) => {
        reject(new Error(reason));
        return true;
      };
      connection.open();
    });
  }

  test('call each other, with errors kept', async () => {
    const one = await wampy(urls[0], 'realm-a');
    const other = await autobahn(urls[1]);
    await other.register('be.math.add', ([x, y]) => (x as number) + (y as number));
    await one.register('be.math.fail', () => {
      throw Object.assign(new Error(), { error: 'be.math.broken', argsList: ['why'] });
    });
    expect(await callable(() => one.call('be.math.add', [2, 3]))).toMatchObject({ argsList: [5] });
    await expect(callable(() => other.call('be.math.fail'))).rejects.toMatchObject({
      error: 'be.math.broken',
      args: ['why'],
    });
  }, 30_000);

  test('hear each other and native nodes, in the order of each publisher', async () => {
    const [a, b] = nodes as [MaculaNode, MaculaNode];
    const one = await wampy(urls[0]);
    const other = await autobahn(urls[1]);
    const heard: Record<string, unknown[]> = { wampy: [], autobahn: [], a: [], b: [] };
    const ready = new Set<string>();
    const hear = (name: string, args: readonly unknown[] = []): void => {
      if (args[0] === 'first') ready.add(name);
      else heard[name]?.push(args);
    };
    const forget = (): void => {
      for (const list of Object.values(heard)) list.length = 0;
    };
    await one.subscribe('be.home..measured', ({ argsList }) => hear('wampy', argsList), {
      match: 'wildcard',
    });
    await other.subscribe('be.home.', (args) => hear('autobahn', args), { match: 'prefix' });
    await a.subscribe('be.home.*.measured', ({ args }) => hear('a', args));
    await b.subscribe('be.home.**', ({ args }) => hear('b', args));
    const topic = 'be.home.home_1.measured';
    await settled(a, topic, () => ready.has('autobahn') && ready.has('b'));
    await settled(b, topic, () => ready.has('wampy') && ready.has('a'));

    const numbers = Array.from({ length: 200 }, (_, i) => [i]);
    for (const args of numbers) await one.publish(topic, args);
    const listeners = ['autobahn', 'a', 'b'];
    await eventually(() => listeners.every((name) => heard[name]?.length === 200));
    expect(heard).toEqual({ wampy: [], autobahn: numbers, a: numbers, b: numbers });

    forget();
    for (const args of numbers) await b.publish(topic, args, { excludeSelf: false });
    await eventually(() => Object.values(heard).every((list) => list.length === 200));
    expect(heard).toEqual({ wampy: numbers, autobahn: numbers, a: numbers, b: numbers });
  }, 30_000);

  test('call native procedures, with errors and progress, and are called by natives', async () => {
    const [a, b] = nodes as [MaculaNode, MaculaNode];
    const one = await wampy(urls[0]);
    await b.register('be.native.count', async (_args, context: CallContext) => {
      for (let i = 1; i <= 3; i++) await context.progress(i);
      return { done: true };
    });
    await b.register('be.native.fail', () => {
      throw new CallError('be.native.sold_out', ['tea'], { until: 'monday' });
    });
    const parts: unknown[] = [];
    const result = await callable(() =>
      one.call('be.native.count', null, {
        progress_callback: ({ argsList }) => void parts.push(argsList),
      }),
    );
    expect(parts).toEqual([[1], [2], [3]]);
    expect(result).toMatchObject({ argsDict: { done: true } });
    await expect(callable(() => one.call('be.native.fail'))).rejects.toMatchObject({
      errorUri: 'be.native.sold_out',
      argsList: ['tea'],
      argsDict: { until: 'monday' },
    });
    await one.register('be.wamp.fail', () => {
      throw Object.assign(new Error(), { error: 'be.wamp.broken', argsList: [1] });
    });
    for (const node of [a, b]) {
      await expect(callable(() => node.call('be.wamp.fail'))).rejects.toMatchObject({
        uri: 'be.wamp.broken',
        args: [1],
      });
    }
  }, 30_000);

  test('have their calls cancelled on the other node, by both modes that tell the callee', async () => {
    const one = await wampy(urls[0]);
    const callee = new WebSocket(urls[1] as string, 'wamp.2.json');
    const received: unknown[][] = [];
    callee.on('message', (data: Buffer) => received.push(JSON.parse(data.toString('utf8'))));
    const next = async (code: number): Promise<unknown[]> => {
      await eventually(() => received.some(([first]) => first === code));
      const index = received.findIndex(([first]) => first === code);
      return received.splice(index, 1)[0] as unknown[];
    };
    const say = (...message: unknown[]): void => callee.send(JSON.stringify(message));
    await new Promise((resolve) => callee.once('open', resolve));
    say(1, realm, { roles: { callee: { features: { call_canceling: true } } } });
    await next(2);
    say(64, 1, {}, 'be.cancel');
    await next(65);
    say(64, 2, {}, 'be.ready');
    const ready = callable(() => one.call('be.ready'));
    say(70, (await next(68))[1], {}, []);
    await ready;

    for (const mode of ['killnowait', 'kill'] as const) {
      const failed = expect(callable(() => one.call('be.cancel'))).rejects.toMatchObject({
        errorUri: 'wamp.error.canceled',
        argsList: mode === 'kill' ? ['cleaned up'] : undefined,
      });
      const [, request] = await next(68);
      one.cancel(one.getOpStatus().reqId, { mode });
      expect(await next(69)).toEqual([69, request, { mode, reason: 'wamp.error.canceled' }]);
      say(8, 68, request, {}, 'wamp.error.canceled', ['cleaned up']);
      await failed;
    }
    callee.close();
  }, 30_000);

  test('learn at once that a callee on the other node has vanished', async () => {
    const one = await wampy(urls[0]);
    const other = await wampy(urls[1]);
    let called = 0;
    await other.register('be.slow', () => {
      called++;
      return new Promise(() => undefined);
    });
    const failed = expect(callable(() => one.call('be.slow'))).rejects.toMatchObject({
      errorUri: 'wamp.error.canceled',
    });
    await eventually(() => called === 1);
    await other.disconnect();
    await failed;
  }, 30_000);

  test("get the meta API's answers for the realm, wherever they ask", async () => {
    const one = await wampy(urls[0]);
    const other = await autobahn(urls[1]);
    const asked = async (name: string, ...args: unknown[]): Promise<unknown> =>
      (await one.call(name, args)).argsList?.[0];
    await until(async () => (await asked('wamp.session.count')) === 2);
    expect(await other.call('wamp.session.count')).toBe(2);
    expect(await asked('wamp.session.list')).toEqual(expect.arrayContaining([other.id]));
    expect(await asked('wamp.session.get', other.id)).toMatchObject({ session: other.id });

    await other.subscribe('be.home.', () => undefined, { match: 'prefix' });
    await other.register('be.home.get', () => 1);
    const [subscription] = (await asked('wamp.subscription.match', 'be.home.one')) as [number];
    expect(await asked('wamp.subscription.get', subscription)).toMatchObject({ uri: 'be.home.' });
    expect(await asked('wamp.subscription.list_subscribers', subscription)).toEqual([other.id]);
    const registration = await asked('wamp.registration.lookup', 'be.home.get');
    expect(await asked('wamp.registration.list_callees', registration)).toEqual([other.id]);
    await one.call('wamp.session.kill', [other.id]);
    await until(async () => (await asked('wamp.session.count')) === 1);
    expect(await asked('wamp.registration.match', 'be.home.get')).toBeNull();
  }, 30_000);

  test('hear of those who come and go at the other node', async () => {
    const one = await wampy(urls[0]);
    const heard: [string, unknown][] = [];
    for (const what of ['join', 'leave']) {
      await one.subscribe(`wamp.session.on_${what}`, ({ argsList }) => {
        heard.push([what, argsList?.[0]]);
      });
    }
    const native: unknown[] = [];
    await nodes[0]?.subscribe('wamp.session.on_join', ({ args }) => native.push(args[0]));
    // A subscription reaches the other node a moment after it was made.
    await until(async () => {
      await (await wampy(urls[1])).disconnect();
      return heard.some(([what]) => what === 'join') && native.length > 0;
    });
    heard.length = 0;
    const client = await wampy(urls[1]);
    const id = client.getSessionId();
    await eventually(() => heard.some(([what, who]) => what === 'join' && isOf(who, id)));
    await client.disconnect();
    await eventually(() => heard.some(([what, who]) => what === 'leave' && who === id));
  }, 30_000);
});

describe('a node with an endpoint for WAMP clients', () => {
  const nodes: MaculaNode[] = [];

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
  });

  async function start(options: NodeOptions): Promise<MaculaNode> {
    const node = await createNode({ host: '127.0.0.1', environment: {}, ...options });
    nodes.push(node);
    return node;
  }

  async function realmsAt(node: MaculaNode, ...names: string[]): Promise<string[]> {
    const joined: string[] = [];
    for (const name of names) {
      const url = `ws://127.0.0.1:${node.wamp?.port}/ws`;
      const client = new Wampy(url, { realm: name, ws: WebSocket as never, maxRetries: 0 });
      await client.connect().then(
        () => joined.push(name),
        () => undefined,
      );
      await client.disconnect().catch(() => undefined);
    }
    return joined;
  }

  test('serves as many realms as it is told to, each by the node that is in it', async () => {
    const grid = await start({ realm: 'be.grid' });
    const home = await start({
      realm: 'be.home',
      wamp: { port: 0, realmAliases: ['realm1'], realms: [{ mesh: grid }] },
    });
    expect(await realmsAt(home, 'be.home', 'realm1', 'be.grid', 'be.other')).toEqual([
      'be.home',
      'realm1',
      'be.grid',
    ]);
  }, 30_000);

  test('takes its port from the environment, too, and none without one', async () => {
    const environment = { MACULA_WAMP_PORT: '0' };
    const [served, plain] = [await start({ realm, environment }), await start({ realm })];
    expect(await realmsAt(served, realm)).toEqual([realm]);
    expect(plain.wamp).toBeUndefined();
  }, 30_000);

  test('says GOODBYE to its clients when it stops, and publishes what they leave', async () => {
    const watcher = await start({ realm });
    const bootstrap = watcher.addresses.map(formatAddress);
    const node = await start({ realm, bootstrap, wamp: { port: 0 } });
    const heard: unknown[] = [];
    await watcher.subscribe('be.gone', ({ args }) => heard.push(args));
    const client = new WebSocket(`ws://127.0.0.1:${node.wamp?.port}/ws`, 'wamp.2.json');
    const received: unknown[] = [];
    client.on('message', (data: Buffer) => received.push(JSON.parse(data.toString('utf8'))));
    await new Promise((resolve) => client.once('open', resolve));
    client.send(JSON.stringify([1, realm, { roles: { caller: {} } }]));
    await eventually(() => received.length === 1);
    client.send(
      JSON.stringify([48, 1, {}, 'wamp.session.add_testament', ['be.gone', ['bye'], {}]]),
    );
    await eventually(() => received.length === 2);
    await settled(node, 'be.gone', () => heard.length > 0);
    await node.stop();
    expect(received.at(-1)).toEqual([6, {}, 'wamp.close.system_shutdown']);
    await eventually(() => heard.some((args) => (args as unknown[])[0] === 'bye'));
  }, 30_000);

  test('is not made where the port is taken, and leaves nothing open', async () => {
    const { wamp } = await start({ realm, wamp: { port: 0 } });
    const port = wamp?.port as number;
    await expect(start({ realm, wamp: { port } })).rejects.toThrow(InvalidArgumentError);
  }, 30_000);
});

/** For what only a client can tell. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 1; !(await condition()); attempt++) expect(attempt).toBeLessThan(500);
}

function isOf(details: unknown, session: unknown): boolean {
  return (details as { session?: unknown }).session === session;
}

/** Registrations reach other nodes a moment after they were made. */
async function callable<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { uri, errorUri, error: name } = error as Record<string, unknown>;
      const missing = [uri, errorUri, name].includes('wamp.error.no_such_procedure');
      if (!missing || attempt === 200) throw error;
    }
  }
}

/** So do subscriptions: publishes until all have heard. */
async function settled(node: MaculaNode, topic: string, heard: () => boolean): Promise<void> {
  const end = 500;
  for (let attempt = 0; attempt < end && !heard(); attempt++) {
    await node.publish(topic, ['first']);
    await eventually(heard, { limitMs: 50 }).catch(() => undefined);
  }
  expect(heard()).toBe(true);
}
