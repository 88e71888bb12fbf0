import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger, systemClock, systemRandom } from '@macula/core';
import { createNode, type MaculaNode } from '@macula/node';
import {
  createWampRouter,
  cryptosign,
  startWampServer,
  ticket,
  wampcra,
  type WampServer,
} from '@macula/wamp';
import type { AuthConfig } from '../config/bridge-schema.ts';
import { publicKeyOf } from './ed25519-key.ts';
import { RouterGoneError, RouterRefusal } from './router-errors.ts';
import type { RouterSession } from './router-session.ts';
import { wampyOptions } from './wampy-options.ts';
import { openWampySession } from './wampy-session.ts';

const realm = 'be.macula.credentials-test';
const key = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';

describe('a session at a router that asks who is there', () => {
  let node: MaculaNode;
  let server: WampServer;

  beforeEach(async () => {
    node = await createNode({ realm, host: '127.0.0.1', environment: {} });
    const router = createWampRouter(
      { mesh: node, clock: systemClock, random: systemRandom },
      {
        authentication: [
          ticket(() => ({ ticket: 'open sesame', role: 'bridge' })),
          wampcra(() => ({ secret: 'open sesame', role: 'bridge' })),
          cryptosign(() => ({ publicKeys: [publicKeyOf(key)], role: 'bridge' })),
        ],
      },
    );
    const logger = silentLogger;
    server = await startWampServer(router, { clock: systemClock, logger, port: 0 });
  });

  afterEach(async () => {
    await server.stop();
    await node.stop();
  });

  async function open(
    auth: AuthConfig,
    secret: string,
    serializer: 'json' | 'msgpack' | 'cbor' = 'json',
  ): Promise<RouterSession> {
    const options = await wampyOptions({ realm, serializer, auth }, { SECRET: secret });
    return openWampySession(`ws://127.0.0.1:${server.port}/ws`, options, {
      clock: systemClock,
      timeoutMs: 5_000,
      signal: new AbortController().signal,
    });
  }

  test.each([
    ['ticket', 'open sesame', 'json'],
    ['wampcra', 'open sesame', 'msgpack'],
    ['cryptosign', key, 'cbor'],
  ] as const)('is let in by %s', async (method, secret, serializer) => {
    const session = await open(
      { method, authid: 'bridge', secret: { env: 'SECRET' } },
      secret,
      serializer,
    );
    expect(session.id).toBeGreaterThan(0);
    await session.close();
    await expect(session.publish('a.b', { args: [], kwargs: {} })).rejects.toThrow(RouterGoneError);
    await expect(session.subscribe('a.b', 'exact', () => undefined)).rejects.toThrow(
      RouterGoneError,
    );
    await expect(session.call('a.b', { args: [], kwargs: {} }, { timeoutMs: 100 })).rejects.toThrow(
      RouterGoneError,
    );
  });

  test('is refused with the wrong secret, and without one', async () => {
    const auth = { method: 'ticket', authid: 'bridge', secret: { env: 'SECRET' } } as const;
    await expect(open(auth, 'wrong')).rejects.toThrow(RouterRefusal);
    await expect(open({ method: 'anonymous' }, '')).rejects.toThrow(RouterRefusal);
    await expect(open(auth, '')).rejects.toThrow(/SECRET is not set/);
  });

  test('is given up when nobody answers', async () => {
    const options = await wampyOptions(
      { realm, serializer: 'json', auth: { method: 'anonymous' } },
      {},
    );
    const given = { clock: systemClock, timeoutMs: 5_000, signal: AbortSignal.abort() };
    await expect(openWampySession('ws://127.0.0.1:1/ws', options, given)).rejects.toThrow(
      RouterGoneError,
    );
    const waiting = { clock: systemClock, timeoutMs: 5_000, signal: new AbortController().signal };
    await expect(openWampySession('ws://127.0.0.1:1/ws', options, waiting)).rejects.toThrow(
      RouterGoneError,
    );
  });
});
