import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import { eventually } from '@macula/testkit';
import { Wampy } from 'wampy';
import { CborSerializer } from 'wampy/CborSerializer.js';
import { JsonSerializer } from 'wampy/JsonSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';
import * as cra from 'wampy/wampcra.js';
import { WebSocket } from 'ws';
import { joinWithAutobahn, type JoinedAutobahn, loadAutobahn } from '../../test/autobahn-client.ts';
import { RouterFixture } from '../../test/router-fixture.ts';
import { startWampServer, wampcra, type WampRouterOptions, type WampServer } from '../index.ts';

type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>;

const realm = 'org.example';

describe('independent clients', () => {
  let fixture: RouterFixture;
  const servers: WampServer[] = [];
  const wampys: Wampy[] = [];
  const autobahns: JoinedAutobahn[] = [];

  beforeEach(() => {
    fixture = new RouterFixture();
    // autobahn reports every end of a connection, and every error of a handler.
    for (const level of ['warn', 'error'] as const) {
      jest.spyOn(console, level).mockImplementation(() => undefined);
    }
  });

  afterEach(async () => {
    for (const client of wampys.splice(0)) await client.disconnect();
    for (const client of autobahns.splice(0)) await client.close();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await fixture.stop();
  });

  async function serve(options: WampRouterOptions = {}): Promise<string> {
    const { router } = await fixture.router(options);
    const server = await startWampServer(router, { clock: systemClock, port: 0 });
    servers.push(server);
    return `ws://127.0.0.1:${server.port}/ws`;
  }

  async function wampy(url: string, options: Partial<WampyOptions> = {}): Promise<Wampy> {
    const client = new Wampy(url, { realm, ws: WebSocket as never, maxRetries: 0, ...options });
    await client.connect();
    wampys.push(client);
    return client;
  }

  async function autobahn(url: string, options: object = {}): Promise<JoinedAutobahn['session']> {
    const client = await joinWithAutobahn({ url, realm, ...options });
    autobahns.push(client);
    return client.session;
  }

  test.each([
    ['json', new JsonSerializer()],
    ['msgpack', new MsgpackSerializer()],
    ['cbor', new CborSerializer()],
  ])('wampy with %s talks with autobahn at another router', async (_, serializer) => {
    const one = await wampy(await serve(), { serializer });
    const other = await autobahn(await serve());

    const heardByWampy: unknown[] = [];
    const heardByAutobahn: unknown[] = [];
    await one.subscribe('a.b', ({ argsList, argsDict }) => {
      heardByWampy.push([argsList, argsDict]);
    });
    await other.subscribe('a.', (args, kwargs) => heardByAutobahn.push([args, kwargs]), {
      match: 'prefix',
    });
    await other.publish('a.b', [1, 'two'], { three: [3] }, { acknowledge: true });
    await one.publish('a.c', { argsList: [4], argsDict: { five: 5 } });
    await eventually(() => heardByWampy.length + heardByAutobahn.length === 2);
    expect(heardByWampy).toEqual([[[1, 'two'], { three: [3] }]]);
    expect(heardByAutobahn).toEqual([[[4], { five: 5 }]]);

    await one.register('a.add', ({ argsList }) => ({
      argsList: [(argsList as number[]).reduce((sum, value) => sum + value, 0)],
    }));
    await other.register('a.concat', ([a, b]) => `${String(a)}${String(b)}`);
    expect(await other.call('a.add', [2, 3])).toBe(5);
    expect((await one.call('a.concat', ['x', 'y'])).argsList).toEqual(['xy']);
    expect((await one.call('wamp.session.count')).argsList).toEqual([2]);
  });

  test('errors keep their URI and arguments between the two', async () => {
    const url = await serve();
    const [one, other] = [await wampy(url), await autobahn(url)];
    const { Error: AutobahnError } = loadAutobahn();
    await other.register('a.fail', () => {
      throw new AutobahnError('a.sold_out', ['tea'], { until: 'monday' });
    });
    await expect(one.call('a.fail')).rejects.toMatchObject({
      errorUri: 'a.sold_out',
      argsList: ['tea'],
      argsDict: { until: 'monday' },
    });
    await expect(one.call('a.none')).rejects.toMatchObject({
      errorUri: 'wamp.error.no_such_procedure',
    });
  });

  test('progressive results of autobahn reach wampy', async () => {
    const one = await wampy(await serve());
    const other = await autobahn(await serve());
    await other.register('a.count', async (_, __, { progress }) => {
      for (let i = 1; i <= 3; i++) progress?.([i]);
      return Promise.resolve('done');
    });
    const parts: unknown[] = [];
    const { argsList } = await one.call('a.count', null, {
      progress_callback: (part) => void parts.push(part.argsList),
    });
    expect(parts).toEqual([[1], [2], [3]]);
    expect(argsList).toEqual(['done']);
  });

  test('wampy cancels a call that autobahn works on', async () => {
    const url = await serve();
    const [one, other] = [await wampy(url), await autobahn(url)];
    let started = false;
    await other.register('a.slow', () => {
      started = true;
      return new Promise(() => undefined);
    });
    const call = one.call('a.slow');
    await eventually(() => started);
    one.cancel(one.getOpStatus().reqId, { mode: 'killnowait' });
    await expect(call).rejects.toMatchObject({ errorUri: 'wamp.error.canceled' });
  });

  test('both join by challenge and response, and nobody with a wrong secret', async () => {
    const url = await serve({
      authentication: [
        wampcra((authid) => (authid === 'ann' ? { secret: 's3cret', role: 'member' } : undefined)),
      ],
    });
    const one = await wampy(url, {
      authid: 'ann',
      authmethods: ['wampcra'],
      onChallenge: (_, { challenge }) => cra.signManual('s3cret', challenge as string),
    });
    expect((await one.call('wamp.session.list', [['member']])).argsList).toHaveLength(1);
    const { auth_cra } = loadAutobahn();
    const onchallenge =
      (secret: string) =>
      (_: unknown, __: unknown, { challenge }: { challenge: string }): string =>
        auth_cra.sign(secret, challenge);
    await autobahn(url, {
      authid: 'ann',
      authmethods: ['wampcra'],
      onchallenge: onchallenge('s3cret'),
    });
    await expect(
      joinWithAutobahn({
        url,
        realm,
        authid: 'ann',
        authmethods: ['wampcra'],
        onchallenge: onchallenge('wrong'),
      }),
    ).rejects.toThrow('wamp.error.authentication_denied');
  });
});
