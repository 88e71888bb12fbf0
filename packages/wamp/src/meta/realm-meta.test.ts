import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import { eventually } from '@macula/testkit';
import { RawClient } from '../../test/raw-client.ts';
import { RouterFixture } from '../../test/router-fixture.ts';
import type { MemoryNode } from '../../test/memory-mesh.ts';
import type { WampMessage, WampRouter } from '../index.ts';

type Lists = Record<'exact' | 'prefix' | 'wildcard', number[]>;

describe('the meta API of a realm with several routers', () => {
  let fixture: RouterFixture;
  let routers: WampRouter[];
  let nodes: MemoryNode[];
  let here: RawClient;
  let there: RawClient;

  beforeEach(async () => {
    fixture = new RouterFixture();
    routers = [];
    nodes = [];
    for (let i = 0; i < 3; i++) {
      const { router, node } = await fixture.router({
        metaTimeoutMs: 200,
        authorize: (session, action, uri) =>
          action !== 'call' || !uri.includes('.kill') || session.authid === here.authid,
      });
      routers.push(router);
      nodes.push(node);
    }
    [here, there] = (await Promise.all(
      routers.slice(0, 2).map((router) => RawClient.joined(router)),
    )) as [RawClient, RawClient];
  });

  afterEach(() => fixture.stop());

  async function answer(
    procedure: string,
    args: unknown[] = [],
    kwargs = {},
  ): Promise<WampMessage> {
    return here.request(48, {}, procedure, args, kwargs);
  }

  async function asked(procedure: string, args: unknown[] = [], kwargs = {}): Promise<unknown> {
    const said = await answer(procedure, args, kwargs);
    return said.type === 'result' ? said.args?.[0] : (said as WampMessage<'error'>).error;
  }

  async function subscribed(client: RawClient, topic: string, match = 'exact'): Promise<number> {
    const said = await client.request(32, { match }, topic);
    return (said as WampMessage<'subscribed'>).subscription;
  }

  async function registered(client: RawClient, name: string, options = {}): Promise<number> {
    const said = await client.request(64, options, name);
    return (said as WampMessage<'registered'>).registration;
  }

  test('counts and lists the sessions of all routers, and tells of each', async () => {
    expect(await asked('wamp.session.count')).toBe(2);
    expect(await asked('wamp.session.count', [['nobody']])).toBe(0);
    expect(await asked('wamp.session.list')).toEqual([here.session, there.session]);
    expect(await asked('wamp.session.get', [there.session])).toMatchObject({
      session: there.session,
      authid: there.authid,
      transport: { type: 'memory' },
    });
    expect(await asked('wamp.session.get', [here.session])).toMatchObject({
      session: here.session,
    });
    expect(await asked('wamp.session.get', [5])).toBe('wamp.error.no_such_session');
    expect(await asked('wamp.session.get', ['x'])).toBe('wamp.error.invalid_argument');
  });

  test('ends sessions at other routers, and not the one that asks', async () => {
    await asked('wamp.session.kill', [there.session], { reason: 'a.reason', message: 'why' });
    expect(await there.next('goodbye')).toMatchObject({
      reason: 'a.reason',
      details: { message: 'why' },
    });
    expect(await asked('wamp.session.kill', [there.session])).toBe('wamp.error.no_such_session');
    expect(await asked('wamp.session.kill', [here.session])).toBe('wamp.error.no_such_session');
    const [second, third] = await Promise.all(routers.slice(1).map((r) => RawClient.joined(r)));
    expect(await asked('wamp.session.kill_by_authid', [second?.authid])).toEqual([second?.session]);
    expect(await asked('wamp.session.kill_by_authrole', ['anonymous'])).toBe(1);
    expect(await third?.next('goodbye')).toMatchObject({ reason: 'wamp.close.killed' });
    expect(await asked('wamp.session.kill_all')).toBe(0);
    expect(await asked('wamp.session.count')).toBe(1);
  });

  test('lets each router judge who may do what to its clients', async () => {
    const other = await RawClient.joined(routers[2]!);
    const refused = { error: 'wamp.error.not_authorized' };
    expect(await other.request(48, {}, 'wamp.session.kill', [there.session])).toMatchObject(
      refused,
    );
    // A mesh node that asks by itself.
    const call = nodes[2]!.call(`macula.wamp.meta.0.${nodes[1]!.id.key}`, [
      ...['wamp.session.kill', { id: 1, authid: 'mallory', authrole: 'admin' }],
      ...[[there.session], {}],
    ]);
    await expect(call).rejects.toMatchObject({ uri: 'wamp.error.not_authorized' });
    expect(await asked('wamp.session.count')).toBe(3);
  });

  test('keeps clients away from what routers say to each other', async () => {
    const name = `macula.wamp.meta.0.${nodes[1]!.id.key}`;
    expect(await asked(name, ['wamp.session.count', {}, [], {}])).toBe(
      'wamp.error.no_such_procedure',
    );
  });

  test('refuses questions that are none', async () => {
    const ask = (...args: unknown[]): Promise<unknown> =>
      nodes[2]!.call(`macula.wamp.meta.0.${nodes[1]!.id.key}`, args);
    const asker = { id: 1, authid: 'a', authrole: 'b' };
    const invalid = { uri: 'wamp.error.invalid_argument' };
    await expect(ask()).rejects.toMatchObject(invalid);
    await expect(ask('wamp.session.count', {}, [], {})).rejects.toMatchObject(invalid);
    await expect(ask('wamp.session.count', asker, 7, {})).rejects.toMatchObject(invalid);
    await expect(ask('a.b', asker, [], {})).rejects.toMatchObject({
      uri: 'wamp.error.no_such_procedure',
    });
    expect(await ask('wamp.session.count', asker, [], {})).toEqual({ part: 1 });
  });

  test('tells of subscriptions at all routers', async () => {
    const mine = await subscribed(here, 'a.b');
    const theirs = await subscribed(there, 'a.b');
    const prefix = await subscribed(there, 'a', 'prefix');
    const lists = (await asked('wamp.subscription.list')) as Lists;
    expect(lists).toEqual({ exact: [mine, theirs], prefix: [prefix], wildcard: [] });
    expect(await asked('wamp.subscription.lookup', ['a.b'])).toBe(mine);
    expect(await asked('wamp.subscription.lookup', ['a', { match: 'prefix' }])).toBe(prefix);
    expect(await asked('wamp.subscription.lookup', ['x'])).toBeNull();
    expect(await asked('wamp.subscription.match', ['a.b'])).toEqual([mine, theirs, prefix]);
    expect(await asked('wamp.subscription.match', ['x'])).toBeNull();
    expect(await asked('wamp.subscription.get', [theirs])).toMatchObject({
      id: theirs,
      uri: 'a.b',
      match: 'exact',
    });
    expect(await asked('wamp.subscription.list_subscribers', [theirs])).toEqual([there.session]);
    expect(await asked('wamp.subscription.count_subscribers', [theirs])).toBe(1);
    expect(await asked('wamp.subscription.get', [7])).toBe('wamp.error.no_such_subscription');
  });

  test('tells of registrations at all routers', async () => {
    const shared = { invoke: 'roundrobin' };
    const theirs = await registered(there, 'a.p', shared);
    const prefix = await registered(here, 'a', { match: 'prefix' });
    expect(await asked('wamp.registration.match', ['a.p'])).toBe(theirs);
    expect(await asked('wamp.registration.match', ['a.q'])).toBe(prefix);
    expect(await asked('wamp.registration.match', ['x'])).toBeNull();
    expect(await asked('wamp.registration.lookup', ['a.p'])).toBe(theirs);
    const mine = await registered(here, 'a.p', shared);
    expect(await asked('wamp.registration.lookup', ['a.p'])).toBe(mine);
    expect(await asked('wamp.registration.list')).toEqual({
      exact: [mine, theirs],
      prefix: [prefix],
      wildcard: [],
    });
    expect(await asked('wamp.registration.get', [theirs])).toMatchObject({ uri: 'a.p', ...shared });
    expect(await asked('wamp.registration.list_callees', [theirs])).toEqual([there.session]);
    expect(await asked('wamp.registration.count_callees', [mine])).toBe(1);
    expect(await asked('wamp.registration.get', [7])).toBe('wamp.error.no_such_registration');
  });

  test('tells which registration would answer a call, as calls are made', async () => {
    const wild = (client: RawClient, name: string): Promise<number> =>
      registered(client, name, { match: 'wildcard' });
    const [, late] = [await wild(here, '..c'), await wild(there, 'a..')];
    const early = await wild(here, '.b.c');
    const long = await registered(there, 'x.y.', { match: 'prefix' });
    await registered(here, 'x.', { match: 'prefix' });
    await wild(here, 'x..z');
    expect(await asked('wamp.registration.match', ['a.b.c'])).toBe(late);
    expect(await asked('wamp.registration.match', ['d.b.c'])).toBe(early);
    expect(await asked('wamp.registration.match', ['x.y.z'])).toBe(long);
  });

  test('looks up what has been there longest where the router asked has nothing', async () => {
    const last = await RawClient.joined(routers[2]!);
    const older = await subscribed(last, 'a.b');
    const before = systemClock.wallTime();
    await eventually(() => systemClock.wallTime() > before);
    await subscribed(there, 'a.b');
    expect(await asked('wamp.subscription.lookup', ['a.b'])).toBe(older);
  });

  test('tells who comes and goes, and what is asked for, at other routers', async () => {
    await subscribed(here, 'wamp.session.on_join');
    await subscribed(here, 'wamp.session.on_leave');
    await subscribed(here, 'wamp.subscription.', 'prefix');
    await subscribed(here, 'wamp..on_create', 'wildcard');
    here.received.length = 0;
    const other = await RawClient.joined(routers[1]!);
    expect(await here.next('event')).toMatchObject({ args: [{ session: other.session }] });
    const id = await subscribed(other, 'a.b');
    const events: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const { details, args } = await here.next('event');
      events.push([details['topic'], args?.[0]]);
    }
    expect(events).toEqual([
      ['wamp.subscription.on_create', other.session],
      ['wamp.subscription.on_create', other.session],
      ['wamp.subscription.on_subscribe', other.session],
    ]);
    other.vanish();
    for (const name of ['unsubscribe', 'delete']) {
      expect(await here.next('event')).toMatchObject({
        details: { topic: `wamp.subscription.on_${name}` },
        args: [other.session, id],
      });
    }
    expect(await here.next('event')).toMatchObject({
      args: [other.session, other.authid, 'anonymous'],
    });
    expect(here.received).toEqual([]);
  });

  test('gives meta events the same publication ID at all routers, and nobody what he did not ask for', async () => {
    await subscribed(here, 'wamp.session.on_join');
    await subscribed(there, 'wamp.session.on_join');
    const everything = await RawClient.joined(routers[1]!);
    await here.next('event');
    await there.next('event');
    await subscribed(everything, '', 'prefix');
    await RawClient.joined(routers[2]!);
    const [one, other] = [await here.next('event'), await there.next('event')];
    expect(one.publication).toBe(other.publication);
    expect(everything.received).toEqual([]);
    expect(
      await everything.request(16, { acknowledge: true }, 'wamp.session.on_join'),
    ).toMatchObject({
      error: 'wamp.error.invalid_uri',
    });
  });

  describe('when a router does not answer', () => {
    beforeEach(() => {
      nodes[1]!.silent = true;
    });

    test('says what the others know, and how many did not answer', async () => {
      expect(await answer('wamp.session.count')).toMatchObject({
        args: [1],
        details: { _missing_routers: 1 },
      });
      expect(await answer('wamp.subscription.match', ['a.b'])).toMatchObject({
        args: [null],
        details: { _missing_routers: 1 },
      });
      expect(await answer('wamp.session.get', [here.session])).toMatchObject({ details: {} });
    });

    test('does not say that what it has not found is nowhere', async () => {
      expect(await asked('wamp.session.get', [there.session])).toBe('wamp.error.timeout');
      expect(await asked('wamp.subscription.get', [7])).toBe('wamp.error.timeout');
    });
  });

  test('takes no answer that makes no sense', async () => {
    await routers[1]!.stop();
    const nonsense = [{ part: -1 }, { part: 'many' }, 7, { other: 1 }];
    await nodes[1]!.register('macula.wamp.meta.0', () => null, { invoke: 'roundrobin' });
    await nodes[1]!.register(`macula.wamp.meta.0.${nodes[1]!.id.key}`, () => nonsense[0]);
    for (let i = nonsense.length; i > 0; i--) {
      expect(await answer('wamp.session.count')).toMatchObject({
        args: [1],
        details: { _missing_routers: 1 },
      });
      nonsense.shift();
    }
  });

  test('counts several routers on one node, as many as have a seat', async () => {
    for (let i = 1; i < 4; i++) {
      const { router } = await fixture.router({}, undefined, nodes[1]);
      const client = await RawClient.joined(router);
      expect(await client.request(48, {}, 'wamp.session.count')).toMatchObject({ args: [2 + i] });
    }
    expect(await asked('wamp.session.count')).toBe(5);
    await expect(fixture.router({}, undefined, nodes[1])).rejects.toThrow('4 routers of realm');
  });

  test('forgets a router that has stopped', async () => {
    await routers[1]!.stop();
    expect(await answer('wamp.session.count')).toMatchObject({ args: [1], details: {} });
  });
});
