import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@macula/testkit';
import { RawClient } from '../test/raw-client.ts';
import { RouterFixture } from '../test/router-fixture.ts';
import type { MemoryNode } from '../test/memory-mesh.ts';
import { ticket, type WampMessage, type WampRouter } from './index.ts';

const [publish, subscribe, call, cancel, register, yielded] = [16, 32, 48, 49, 64, 70];

/** What the README says of the advanced profile and the other tests do not show. */
describe('of the advanced profile', () => {
  let fixture: RouterFixture;
  let router: WampRouter;
  let node: MemoryNode;
  let client: RawClient;

  beforeEach(async () => {
    fixture = new RouterFixture();
    ({ router, node } = await fixture.router());
    client = await RawClient.joined(router);
  });

  afterEach(() => fixture.stop());

  test('WELCOME announces what there is, and nothing else', async () => {
    const other = new RawClient(router);
    other.hello();
    const { details } = await other.next('welcome');
    const { broker, dealer } = details['roles'] as Record<string, { features: object }>;
    expect(Object.keys(broker?.features ?? {})).toEqual([
      'pattern_based_subscription',
      'publisher_exclusion',
      'publisher_identification',
      'subscriber_blackwhite_listing',
      'event_retention',
      'session_meta_api',
      'subscription_meta_api',
      'testament_meta_api',
    ]);
    expect(Object.keys(dealer?.features ?? {})).toEqual([
      'call_canceling',
      'call_timeout',
      'caller_identification',
      'pattern_based_registration',
      'progressive_call_results',
      'registration_meta_api',
      'session_meta_api',
      'shared_registration',
      'testament_meta_api',
    ]);
  });

  test.each([
    ['exclude_authid', 'bob'],
    ['eligible_authid', 'ann'],
  ])('%s is honoured, by native subscribers not', async (option, authid) => {
    const names = ['ann', 'bob'];
    const { router: judging, node: nearby } = await fixture.router({
      authentication: [
        ticket((name) => (names.includes(name) ? { ticket: name, role: 'x' } : undefined)),
      ],
    });
    const heard: unknown[] = [];
    await nearby.subscribe('a.b', ({ args }) => heard.push(args[0]));
    const [ann, bob] = (await Promise.all(
      names.map(async (name) => {
        const member = new RawClient(judging);
        member.hello({ authmethods: ['ticket'], authid: name });
        await member.next('challenge');
        member.send([5, name, {}]);
        await member.next('welcome');
        await member.request(subscribe, {}, 'a.b');
        return member;
      }),
    )) as [RawClient, RawClient];
    client.send([publish, 1, { [option]: [authid] }, 'a.b', ['for ann']]);
    client.send([publish, 2, {}, 'a.b', ['for all']]);
    expect((await ann.next('event')).args).toEqual(['for ann']);
    expect((await bob.next('event')).args).toEqual(['for all']);
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(['for ann', 'for all']);
  });

  test('random shares calls among all who offer a procedure', async () => {
    const callees = [await RawClient.joined(router), await RawClient.joined(router)];
    for (const callee of callees) await callee.request(register, { invoke: 'random' }, 'a.p');
    for (let i = 1; i <= 100; i++) client.send([call, i, {}, 'a.p']);
    await eventually(() => callees.reduce((sum, { received }) => sum + received.length, 0) === 100);
    // 100 throws of a coin are all the same once in 2^99.
    for (const { received } of callees) expect(received.length).toBeGreaterThan(0);
  });

  test('INTERRUPT goes only to callees that announce it', async () => {
    const callee = new RawClient(router);
    callee.send([1, 'org.example', { roles: { callee: {} } }]);
    await callee.next('welcome');
    await callee.request(register, {}, 'a.p');
    client.send([call, 1, {}, 'a.p']);
    await callee.next('invocation');
    client.send([cancel, 1, { mode: 'killnowait' }]);
    expect(await client.next('error')).toMatchObject({ error: 'wamp.error.canceled' });
    // Whatever would have been sent is there before the answer to this.
    await callee.request(subscribe, {}, 'a.b');
    expect(callee.received).toEqual([]);
  });

  test('parts of a result reach nobody who did not ask for them', async () => {
    const callee = await RawClient.joined(router);
    await callee.request(register, {}, 'a.p');
    const result = client.request(call, {}, 'a.p');
    const { request, details } = await callee.next('invocation');
    expect(details).toEqual({});
    callee.send([yielded, request, { progress: true }, [1]]);
    callee.send([yielded, request, {}, [2]]);
    expect(await result).toMatchObject({ args: [2], details: {} });
    expect(client.received).toEqual([]);
  });

  test.each(['destroyed', 'detached'])(
    'a testament of scope %s is left by the session',
    async (scope) => {
      const mortal = await RawClient.joined(router);
      await client.request(subscribe, {}, 'a.gone');
      const kept = { publish_options: { retain: true }, scope };
      await mortal.request(call, {}, 'wamp.session.add_testament', ['a.gone', ['bye'], {}], kept);
      mortal.vanish();
      expect(await client.next('event')).toMatchObject({ args: ['bye'] });
      const late = await RawClient.joined(router);
      await late.request(subscribe, { get_retained: true }, 'a.gone');
      expect(await late.next('event')).toMatchObject({
        args: ['bye'],
        details: { retained: true },
      });
    },
  );

  test('testaments are published in their order, those of scope detached first', async () => {
    const mortal = await RawClient.joined(router);
    await client.request(subscribe, {}, 'a.gone');
    for (const [text, scope] of [
      ['third', 'destroyed'],
      ['first', 'detached'],
      ['fourth', undefined],
      ['second', 'detached'],
    ]) {
      const args = ['a.gone', [text], {}];
      await mortal.request(call, {}, 'wamp.session.add_testament', args, { scope });
    }
    mortal.vanish();
    for (const text of ['first', 'second', 'third', 'fourth']) {
      expect(await client.next('event')).toMatchObject({ args: [text] });
    }
  });

  test.each([
    ['event history', 'wamp.subscription.get_events'],
    ['registration revocation', 'wamp.registration.remove_callee'],
    ['reflection', 'wamp.reflection.procedure.list'],
  ])('%s is not there', async (_, procedure) => {
    expect(await client.request(call, {}, procedure, [1])).toMatchObject({
      error: 'wamp.error.no_such_procedure',
    });
  });

  test('a CALL that is a part of a progressive invocation is a violation, and called is nobody', async () => {
    const callee = await RawClient.joined(router);
    await callee.request(register, {}, 'a.p');
    client.send([call, 1, { progress: true }, 'a.p', ['a part']]);
    expect(await client.next('abort')).toMatchObject({ reason: 'wamp.error.protocol_violation' });
    await callee.request(subscribe, {}, 'a.b');
    expect(callee.received).toEqual([]);
  });

  test('a session ends for good: another HELLO begins none on its connection', async () => {
    client.send([6, {}, 'wamp.close.close_realm']);
    await client.next('goodbye');
    client.hello();
    expect(client.closedBecause).toBe('wamp.close.goodbye_and_out');
    expect(router.sessions).toBe(0);
  });

  test('IDs of subscriptions and registrations are spread over 53 bits', async () => {
    const ids: number[] = [];
    for (let i = 0; i < 20; i++) {
      const subscribed = await client.request(subscribe, {}, `a.s${i}`);
      const registered = await client.request(register, {}, `a.p${i}`);
      ids.push((subscribed as WampMessage<'subscribed'>).subscription);
      ids.push((registered as WampMessage<'registered'>).registration);
    }
    expect(new Set(ids).size).toBe(40);
    expect(Math.max(...ids)).toBeGreaterThan(2 ** 45);
    expect(Math.max(...ids)).toBeLessThan(2 ** 53);
    expect(node.subscriptions).toBeGreaterThan(20);
  });
});
