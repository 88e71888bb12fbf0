import { createPrivateKey, createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import { Wampy } from 'wampy';
import { WebSocket } from 'ws';
import { pythonAutobahn, PythonClient } from '../../test/python-autobahn.ts';
import { RouterFixture } from '../../test/router-fixture.ts';
import {
  anonymous,
  cryptosign,
  startWampServer,
  ticket,
  wampcra,
  WampError,
  type WampServer,
} from '../index.ts';

const realm = 'org.example';
const seed = '7'.repeat(64);
const autobahn = pythonAutobahn();

if (autobahn === undefined) {
  // Nothing that depends on what is installed counts as tested: whoever reads the results is to see it.
  test('python3-autobahn is not installed: nothing is tested with it', () => {
    process.stderr.write('apt-get install python3-autobahn, and its tests run, too\n');
  });
} else {
  describe("Debian's python3-autobahn", () => {
    let fixture: RouterFixture;
    let server: WampServer;
    let url: string;
    let other: Wampy | undefined;
    const pythons: PythonClient[] = [];

    beforeEach(async () => {
      fixture = new RouterFixture();
      const { router, node } = await fixture.router({
        authentication: [
          anonymous('guest'),
          ticket((authid) => (authid === 'ann' ? { ticket: 'secret', role: 'member' } : undefined)),
          wampcra((authid) =>
            authid === 'ann' ? { secret: 's3cret', role: 'member' } : undefined,
          ),
          cryptosign((authid) =>
            authid === 'ann' ? { publicKeys: [publicKeyOf(seed)], role: 'member' } : undefined,
          ),
        ],
      });
      // The mesh side of what the client calls.
      await node.register('be.test.multiply', ([x, y]) => (x as number) * (y as number));
      await node.register('be.test.fail', () => {
        throw new WampError('be.test.broken', ['why'], { until: 'monday' });
      });
      server = await startWampServer(router, { clock: systemClock, port: 0 });
      url = `ws://127.0.0.1:${server.port}/ws`;
    });

    afterEach(async () => {
      await other?.disconnect();
      other = undefined;
      for (const python of pythons.splice(0)) python.kill();
      await server.stop();
      await fixture.stop();
    });

    function start(serializer: string, method: string, ...credentials: string[]): PythonClient {
      const client = new PythonClient(url, realm, serializer, method, ...credentials);
      pythons.push(client);
      return client;
    }

    test.each(autobahn.serializers)(
      'publishes, subscribes, registers and calls with %s',
      async (serializer) => {
        other = new Wampy(url, { realm, ws: WebSocket as never, maxRetries: 0 });
        await other.connect();
        const heard: unknown[] = [];
        await other.subscribe('be.python.said', ({ argsList, argsDict }) => {
          heard.push([argsList, argsDict]);
        });

        const python = start(serializer, 'anonymous');
        expect(await python.said('joined')).toEqual([
          realm,
          expect.any(String),
          'guest',
          'anonymous',
        ]);
        expect(await python.said('published')).toBe(true);
        expect(heard).toEqual([[[1, 'two'], { three: [3] }]]);
        expect(await python.said('called')).toEqual([[], 42]);
        expect(await python.said('failed')).toEqual([
          'be.test.broken',
          ['why'],
          { until: 'monday' },
        ]);
        expect(await python.said('sessions')).toBe(2);
        const session = await python.said('ready');

        const parts: unknown[] = [];
        const sum = await other.call('be.python.add', [2, 3], {
          progress_callback: ({ argsList }) => void parts.push(argsList),
        });
        expect([parts, sum.argsList]).toEqual([[[2], [3]], [5]]);
        await expect(other.call('be.python.fail')).rejects.toMatchObject({
          errorUri: 'be.python.broken',
          argsList: ['why'],
          argsDict: { until: 'monday' },
        });
        await other.publish('be.python.home.one', { argsList: [1.5], argsDict: { unit: 'kW' } });
        expect(await python.said('event')).toEqual(['be.python.home.one', [1.5], { unit: 'kW' }]);
        expect((await other.call('wamp.session.get', [session])).argsList).toMatchObject([
          { session, authrole: 'guest' },
        ]);

        await other.publish('be.python.finish');
        expect(await python.ended()).toBe(0);
        expect((await other.call('wamp.session.count')).argsList).toEqual([1]);
      },
      60_000,
    );

    const secrets = {
      ticket: 'secret',
      wampcra: 's3cret',
      ...(autobahn.cryptosign && { cryptosign: seed }),
    };

    test.each(Object.entries(secrets))(
      'joins by %s, and is refused with another secret',
      async (method, secret) => {
        const member = start('json', method, 'ann', secret);
        expect(await member.said('joined')).toEqual([realm, 'ann', 'member', method]);
        const wrong = method === 'cryptosign' ? '8'.repeat(64) : 'wrong';
        const stranger = start('json', method, 'ann', wrong);
        expect(await stranger.said('refused')).toEqual(expect.any(String));
      },
      60_000,
    );
  });
}

/** The public half of an Ed25519 key whose private half is these 32 bytes in hex. */
function publicKeyOf(hex: string): string {
  // PKCS #8 around a raw Ed25519 key (RFC 8410, 7).
  const der = Buffer.from(`302e020100300506032b657004220420${hex}`, 'hex');
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url').toString('hex');
}
