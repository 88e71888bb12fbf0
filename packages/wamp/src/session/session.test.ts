import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type MetricDescription, type Metrics, noMetrics } from '@macula/core';
import { eventually } from '@macula/testkit';
import { RawClient } from '../../test/raw-client.ts';
import { RouterFixture } from '../../test/router-fixture.ts';
import { anonymous, cryptosign, deriveCraKey, ticket, wampcra } from '../index.ts';
import { SessionLife } from './session-machine.ts';

/** Counts by reason why sessions were ended. */
function countingMetrics(): { metrics: Metrics; counts: Record<string, number> } {
  const counts: Record<string, number> = {};
  const counter = ({ labels }: MetricDescription) => ({
    inc: (): void => {
      const key = labels?.['reason'] ?? '';
      counts[key] = (counts[key] ?? 0) + 1;
    },
  });
  return { metrics: { ...noMetrics, counter }, counts };
}

describe('a session', () => {
  let fixture: RouterFixture;

  beforeEach(() => {
    fixture = new RouterFixture();
  });

  afterEach(() => fixture.stop());

  test('begins with HELLO and ends with GOODBYE', async () => {
    const { router } = await fixture.router({ realmAliases: ['realm1'] });
    const client = new RawClient(router);
    client.hello({}, 'realm1');
    const welcome = await client.next('welcome');
    expect(welcome.details).toMatchObject({
      realm: 'realm1',
      authmethod: 'anonymous',
      authrole: 'anonymous',
      roles: { broker: { features: {} }, dealer: { features: {} } },
    });
    expect(router.sessions).toBe(1);
    client.send([6, {}, 'wamp.close.close_realm']);
    expect(await client.next('goodbye')).toMatchObject({ reason: 'wamp.close.goodbye_and_out' });
    expect(client.closedBecause).toBe('wamp.close.goodbye_and_out');
    expect(router.sessions).toBe(0);
  });

  test('has an ID of its own', async () => {
    const { router } = await fixture.router();
    const ids = new Set<number>();
    for (let i = 0; i < 20; i++) ids.add((await RawClient.joined(router)).session);
    expect(ids.size).toBe(20);
    expect(Math.max(...ids)).toBeGreaterThan(2 ** 40);
  });

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['no message', '[1000]'],
    ['HELLO twice', '[1,"org.example",{"roles":{"caller":{}}}]'],
    ['a message of routers', '[36,1,1,{}]'],
    ['AUTHENTICATE out of place', '[5,"x",{}]'],
    ['an ID of 0', '[48,0,{},"a.b"]'],
    ['an ERROR of a request', '[8,48,1,{},"a.b"]'],
    ['a progressive invocation', '[48,1,{"progress":true},"a.b"]'],
    ['a call in payload passthru mode', '[48,1,{"ppt_scheme":"mqtt"},"a.b",["x"]]'],
    ['a publication in payload passthru mode', '[16,1,{"ppt_scheme":"mqtt"},"a.b",["x"]]'],
    ['a result in payload passthru mode', '[70,1,{"ppt_scheme":"mqtt"},["x"]]'],
  ])('is aborted for %s, and others go on', async (_, text) => {
    const { metrics, counts } = countingMetrics();
    const { router } = await fixture.router({}, metrics);
    const [bad, good] = [await RawClient.joined(router), await RawClient.joined(router)];
    bad.sendText(text as string);
    expect(await bad.next('abort')).toMatchObject({ reason: 'wamp.error.protocol_violation' });
    expect(bad.closedBecause).toBe('wamp.error.protocol_violation');
    expect(counts['violation']).toBe(1);
    expect(await good.request(48, {}, 'wamp.session.count')).toMatchObject({ args: [1] });
  });

  test('does not begin with anything but HELLO', async () => {
    const { router } = await fixture.router();
    const client = new RawClient(router);
    client.send([32, 1, {}, 'a.b']);
    expect(await client.next('abort')).toMatchObject({ reason: 'wamp.error.protocol_violation' });
  });

  test.each<[object, string, string]>([
    [{}, 'other.realm', 'wamp.error.no_such_realm'],
    [{ authmethods: ['kerberos'] }, 'org.example', 'wamp.error.no_matching_auth_method'],
    [{ roles: {} }, 'org.example', 'wamp.error.protocol_violation'],
  ])('is refused for %j in %s with %s', async (details, realm, reason) => {
    const { router } = await fixture.router();
    const client = new RawClient(router);
    client.hello(details, realm);
    expect(await client.next('abort')).toMatchObject({ reason });
  });

  test('is refused when there are as many as may be', async () => {
    const { router } = await fixture.router({ maxSessions: 1 });
    await RawClient.joined(router);
    const client = new RawClient(router);
    client.hello();
    expect(await client.next('abort')).toMatchObject({ reason: 'wamp.error.unavailable' });
  });

  test('must begin in time', async () => {
    const { router } = await fixture.router({ handshakeTimeoutMs: 20 });
    const client = new RawClient(router);
    await client.next('abort');
    expect(client.closedBecause).toBeDefined();
  });

  test('ends with the router, which waits for GOODBYE a while', async () => {
    const { router } = await fixture.router();
    const [polite, mute] = [await RawClient.joined(router), await RawClient.joined(router)];
    await router.stop();
    expect(await polite.next('goodbye')).toMatchObject({ reason: 'wamp.close.system_shutdown' });
    polite.send([32, 1, {}, 'on.its.way']);
    polite.send([6, {}, 'wamp.close.goodbye_and_out']);
    expect(polite.closedBecause).toBe('wamp.close.goodbye_and_out');
    await eventually(() => mute.closedBecause === 'wamp.close.system_shutdown');
  });

  test('ends when the client reads too slowly, which is counted', async () => {
    const { metrics, counts } = countingMetrics();
    const { router } = await fixture.router({ maxQueuedBytes: 1_000 }, metrics);
    const [slow, fast] = [await RawClient.joined(router), await RawClient.joined(router)];
    for (const client of [slow, fast]) await client.request(32, {}, 'a.b');
    slow.queuedBytes = 990;
    const publisher = await RawClient.joined(router);
    publisher.send([16, 1, {}, 'a.b', ['some text']]);
    expect(slow.closedBecause).toBe('macula.close.slow_consumer');
    expect(await fast.next('event')).toMatchObject({ args: ['some text'] });
    expect(counts['slow']).toBe(1);
    expect(router.sessions).toBe(2);
  });

  test.each<[string, () => boolean, string]>([
    [
      'fails',
      () => {
        throw new Error('no database');
      },
      'wamp.error.authorization_failed',
    ],
    ['promises', () => Promise.resolve(true) as unknown as boolean, 'wamp.error.not_authorized'],
  ])('may do nothing where the policy %s', async (_, authorize, error) => {
    const { router } = await fixture.router({ authorize });
    const client = await RawClient.joined(router);
    for (const code of [32, 48, 64]) {
      expect(await client.request(code, {}, 'a.b')).toMatchObject({ error });
    }
    expect(await client.request(16, { acknowledge: true }, 'a.b')).toMatchObject({ error });
    expect(await client.request(48, {}, 'wamp.session.count')).toMatchObject({ error });
  });

  test('may only do what the policy allows', async () => {
    const { router } = await fixture.router({
      authorize: (session, action, uri) =>
        session.authrole === 'anonymous' && action === 'call' && uri === 'a.allowed',
    });
    const client = await RawClient.joined(router);
    const error = 'wamp.error.not_authorized';
    expect(await client.request(48, {}, 'a.b')).toMatchObject({ error });
    expect(await client.request(32, {}, 'a.b')).toMatchObject({ error });
    expect(await client.request(64, {}, 'a.b')).toMatchObject({ error });
    expect(await client.request(16, { acknowledge: true }, 'a.b')).toMatchObject({ error });
    expect(await client.request(48, {}, 'wamp.session.count')).toMatchObject({ error });
    expect(await client.request(48, {}, 'a.allowed')).toMatchObject({
      error: 'wamp.error.no_such_procedure',
    });
  });
});

describe('authentication', () => {
  let fixture: RouterFixture;

  beforeEach(() => {
    fixture = new RouterFixture();
  });

  afterEach(() => fixture.stop());

  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pubkey = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url').toString(
    'hex',
  );
  const salt = { salt: 'pepper', iterations: 100, keylen: 32 };
  const known = <T>(user: T) => ({
    lookup: (authid: string): T | undefined => (authid === 'ann' ? user : undefined),
  });
  const methods = [
    anonymous('guest'),
    ticket(known({ ticket: 'open sesame', role: 'member' }).lookup),
    wampcra(known({ secret: deriveCraKey('secret', salt), salt, role: 'member' }).lookup),
    cryptosign(known({ publicKeys: [pubkey], role: 'member' }).lookup),
  ];
  const hmac = (secret: string, extra: Record<string, unknown>): string =>
    createHmac('sha256', secret)
      .update(extra['challenge'] as string)
      .digest('base64');
  const signed = (extra: Record<string, unknown>): string => {
    const challenge = Buffer.from(extra['challenge'] as string, 'hex');
    return Buffer.concat([sign(null, challenge, privateKey), challenge]).toString('hex');
  };

  test.each<[string, object, (extra: Record<string, unknown>) => string]>([
    ['ticket', {}, () => 'open sesame'],
    ['wampcra', {}, (extra) => hmac(deriveCraKey('secret', salt), extra)],
    ['cryptosign', { authextra: { pubkey } }, signed],
  ])('by %s admits who can answer', async (method, details, answer) => {
    const { router } = await fixture.router({ authentication: methods });
    const client = new RawClient(router);
    client.hello({ authmethods: ['unknown', method], authid: 'ann', ...details });
    const challenge = await client.next('challenge');
    expect(challenge.method).toBe(method);
    client.send([5, answer(challenge.extra), {}]);
    expect((await client.next('welcome')).details).toMatchObject({
      authid: 'ann',
      authrole: 'member',
      authmethod: method,
    });
  });

  test.each<[string, object, (extra: Record<string, unknown>) => string]>([
    ['ticket', { authid: 'ann' }, () => 'wrong'],
    ['ticket', { authid: 'bob' }, () => 'open sesame'],
    ['ticket', {}, () => 'open sesame'],
    ['wampcra', { authid: 'ann' }, (extra) => hmac('wrong', extra)],
    ['wampcra', { authid: 'bob' }, (extra) => hmac('secret', extra)],
    ['cryptosign', { authid: 'ann', authextra: { pubkey } }, () => '00'.repeat(64)],
    ['cryptosign', { authid: 'ann', authextra: { pubkey } }, () => 'nonsense'],
    ['cryptosign', { authid: 'bob', authextra: { pubkey } }, signed],
    ['cryptosign', { authid: 'ann', authextra: { pubkey: 'ab'.repeat(32) } }, signed],
  ])('by %s refuses %j with another answer', async (method, details, answer) => {
    const { router } = await fixture.router({ authentication: methods });
    const client = new RawClient(router);
    client.hello({ authmethods: [method], ...details });
    const { extra } = await client.next('challenge');
    client.send([5, answer(extra), {}]);
    expect(await client.next('abort')).toMatchObject({
      reason: 'wamp.error.authentication_denied',
    });
    expect(router.sessions).toBe(0);
  });

  test.each([
    ['wampcra', {}],
    ['cryptosign', { authid: 'ann' }],
    ['cryptosign', { authid: 'ann', authextra: { pubkey: 'xyz' } }],
    ['cryptosign', { authid: 'ann', authextra: { pubkey, channel_binding: 'tls-unique' } }],
  ])('by %s refuses %j at once', async (method, details) => {
    const { router } = await fixture.router({ authentication: methods });
    const client = new RawClient(router);
    client.hello({ authmethods: [method], ...details });
    expect(await client.next('abort')).toMatchObject({
      reason: 'wamp.error.authentication_denied',
    });
  });

  test('by cryptosign calls who gives no name as his key', async () => {
    const { router } = await fixture.router({
      authentication: [
        cryptosign((authid) =>
          authid === pubkey ? { publicKeys: [pubkey], role: 'member' } : undefined,
        ),
      ],
    });
    const client = new RawClient(router);
    client.hello({ authmethods: ['cryptosign'], authextra: { pubkey: pubkey.toUpperCase() } });
    client.send([5, signed((await client.next('challenge')).extra), {}]);
    expect((await client.next('welcome')).details).toMatchObject({
      authid: pubkey,
      authrole: 'member',
    });
  });

  test.each([
    ['ticket', () => 'open sesame'],
    ['wampcra', () => ''],
  ])('by %s admits nobody while it fails itself', async (method, answer) => {
    const fails = (): never => {
      throw new Error('no database');
    };
    const { router } = await fixture.router({ authentication: [ticket(fails), wampcra(fails)] });
    const client = new RawClient(router);
    client.hello({ authmethods: [method], authid: 'ann' });
    if (method === 'ticket') {
      await client.next('challenge');
      client.send([5, answer(), {}]);
    }
    expect(await client.next('abort')).toMatchObject({
      reason: 'wamp.error.authentication_failed',
    });
  });

  test('takes no message while it lasts', async () => {
    const { router } = await fixture.router({ authentication: methods });
    const client = new RawClient(router);
    client.hello({ authmethods: ['ticket'], authid: 'ann' });
    await client.next('challenge');
    client.send([48, 1, {}, 'wamp.session.count']);
    expect(await client.next('abort')).toMatchObject({ reason: 'wamp.error.protocol_violation' });
  });
});

test('the life of a session allows no step out of order', () => {
  const life = new SessionLife();
  expect(life.step('authenticate')).toBe(false);
  expect(life.step('hello')).toBe(true);
  expect(life.step('hello')).toBe(false);
  expect(life.step('welcome')).toBe(true);
  expect(life.state).toBe('established');
  expect(life.step('end')).toBe(true);
  expect(life.step('hello')).toBe(false);
});
