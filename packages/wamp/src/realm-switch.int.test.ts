import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import { eventually } from '@macula/testkit';
import { Wampy } from 'wampy';
import { WebSocket } from 'ws';
import { joinWithAutobahn } from '../test/autobahn-client.ts';
import { RouterFixture } from '../test/router-fixture.ts';
import {
  startWampServer,
  switchRealms,
  ticket,
  type WampRouter,
  type WampServer,
} from './index.ts';

describe('an endpoint of several realms', () => {
  const fixtures: RouterFixture[] = [];
  const wampys: Wampy[] = [];
  const sockets: WebSocket[] = [];
  let server: WampServer;
  let routers: WampRouter[];
  let url: string;

  beforeEach(async () => {
    // autobahn reports every end of a connection.
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const members = { ann: { ticket: 'secret', role: 'member' } };
    const [homes, grid] = ['be.homes', 'be.grid'].map((realm) => new RouterFixture(realm));
    fixtures.push(homes!, grid!);
    routers = [
      (await homes!.router({ realmAliases: ['realm1'], handshakeTimeoutMs: 100 })).router,
      (
        await grid!.router({
          realmAliases: (realm) => realm.startsWith('tenant.'),
          authentication: [ticket((authid) => members[authid as 'ann'])],
        })
      ).router,
    ];
    server = await startWampServer(switchRealms(routers), { clock: systemClock, port: 0 });
    url = `ws://127.0.0.1:${server.port}/ws`;
  });

  afterEach(async () => {
    for (const client of wampys.splice(0)) await client.disconnect();
    for (const socket of sockets.splice(0)) socket.terminate();
    await server.stop();
    await Promise.all(fixtures.splice(0).map((fixture) => fixture.stop()));
  });

  async function joined(realm: string, options: object = {}): Promise<Wampy> {
    const client = new Wampy(url, { realm, ws: WebSocket as never, maxRetries: 0, ...options });
    await client.connect();
    wampys.push(client);
    return client;
  }

  const ann = { authid: 'ann', authmethods: ['ticket'], onChallenge: () => 'secret' };

  async function said(text: string): Promise<unknown> {
    const socket = new WebSocket(url, 'wamp.2.json');
    sockets.push(socket);
    await once(socket, 'open');
    if (text !== '') socket.send(text);
    const [data] = (await once(socket, 'message')) as [Buffer];
    return JSON.parse(data.toString());
  }

  test('gives each client the realm that it names, with the rules of that realm', async () => {
    const [home, grid] = [await joined('be.homes'), await joined('be.grid', ann)];
    expect(routers.map(({ sessions }) => sessions)).toEqual([1, 1]);
    await expect(joined('be.grid')).rejects.toThrow();
    const heard: string[] = [];
    await home.subscribe('a.b', () => void heard.push('home'));
    await grid.subscribe('a.b', () => void heard.push('grid'));
    await grid.register('a.who', () => ({ argsList: ['grid'] }));
    const other = await joined('tenant.seven', ann);
    await other.publish('a.b');
    expect((await other.call('a.who')).argsList).toEqual(['grid']);
    await expect(home.call('a.who')).rejects.toMatchObject({
      errorUri: 'wamp.error.no_such_procedure',
    });
    expect(heard).toEqual(['grid']);
  });

  test('takes other names of a realm, from a list or by a rule', async () => {
    await joined('realm1');
    await joined('tenant.one', ann);
    expect(routers.map(({ sessions }) => sessions)).toEqual([1, 1]);
  });

  test('says no_such_realm to who names another', async () => {
    expect(await said('[1,"be.nothing",{"roles":{"caller":{}}}]')).toEqual([
      3,
      { message: expect.stringContaining('be.nothing') },
      'wamp.error.no_such_realm',
    ]);
    await expect(joinWithAutobahn({ url, realm: 'be.nothing' })).rejects.toThrow(
      'wamp.error.no_such_realm',
    );
  });

  test('ends clients that begin with something else, or with nothing', async () => {
    expect(await said('[48,1,{},"a.b"]')).toMatchObject([3, {}, 'wamp.error.protocol_violation']);
    expect(await said('{')).toMatchObject([3, {}, 'wamp.error.protocol_violation']);
    expect(await said('')).toMatchObject([3, {}, 'wamp.error.authentication_failed']);
    expect(routers.map(({ sessions }) => sessions)).toEqual([0, 0]);
  });

  test('says GOODBYE to the clients of all realms when it stops', async () => {
    const closed: string[] = [];
    await joined('be.homes', { onClose: () => closed.push('homes') });
    await joined('be.grid', { ...ann, onClose: () => closed.push('grid') });
    await server.stop();
    await eventually(() => closed.length === 2);
    expect(closed.sort()).toEqual(['grid', 'homes']);
  });

  test('needs a router', () => {
    expect(() => switchRealms([])).toThrow('there must be a router');
  });
});
