import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@macula/testkit';
import { RawClient } from '../../test/raw-client.ts';
import { RouterFixture } from '../../test/router-fixture.ts';
import type { WampMessage, WampRouter } from '../index.ts';

describe('the meta API', () => {
  let fixture: RouterFixture;
  let router: WampRouter;
  let watcher: RawClient;

  beforeEach(async () => {
    fixture = new RouterFixture();
    ({ router } = await fixture.router({ authorize: () => true, maxTestaments: 2 }));
    watcher = await RawClient.joined(router);
  });

  afterEach(() => fixture.stop());

  async function asked(procedure: string, args: unknown[] = [], kwargs = {}): Promise<unknown> {
    const answer = await watcher.request(48, {}, procedure, args, kwargs);
    return answer.type === 'result' ? answer.args?.[0] : (answer as WampMessage<'error'>).error;
  }

  test('tells of sessions', async () => {
    const other = await RawClient.joined(router);
    expect(await asked('wamp.session.count')).toBe(2);
    expect(await asked('wamp.session.count', [['nobody']])).toBe(0);
    expect(await asked('wamp.session.list', [['anonymous']])).toEqual([
      watcher.session,
      other.session,
    ]);
    expect(await asked('wamp.session.get', [other.session])).toMatchObject({
      session: other.session,
      authrole: 'anonymous',
      transport: { type: 'memory' },
    });
    expect(await asked('wamp.session.get', [5])).toBe('wamp.error.no_such_session');
    expect(await asked('wamp.session.get', ['x'])).toBe('wamp.error.invalid_argument');
  });

  test('tells who comes and goes', async () => {
    await watcher.request(32, { match: 'prefix' }, 'wamp.session.');
    const other = await RawClient.joined(router);
    expect(await watcher.next('event')).toMatchObject({
      details: { topic: 'wamp.session.on_join' },
      args: [{ session: other.session, authmethod: 'anonymous' }],
    });
    other.vanish();
    const left = await watcher.next('event');
    expect(left.details).toEqual({ topic: 'wamp.session.on_leave' });
    expect(left.args?.[0]).toBe(other.session);
  });

  test('ends sessions', async () => {
    const victims: RawClient[] = [];
    for (let i = 0; i < 4; i++) victims.push(await RawClient.joined(router));
    const [first, second] = victims as [RawClient, RawClient];
    await asked('wamp.session.kill', [first.session], { reason: 'a.reason', message: 'why' });
    expect(await first.next('goodbye')).toMatchObject({
      reason: 'a.reason',
      details: { message: 'why' },
    });
    expect(await asked('wamp.session.kill', [watcher.session])).toBe('wamp.error.no_such_session');
    expect(await asked('wamp.session.kill', [second.session], { reason: 'no uri' })).toBe(
      'wamp.error.invalid_uri',
    );
    const { authid } = (await asked('wamp.session.get', [second.session])) as { authid: string };
    expect(await asked('wamp.session.kill_by_authid', [authid])).toEqual([second.session]);
    expect(await second.next('goodbye')).toMatchObject({ reason: 'wamp.close.killed' });
    expect(await asked('wamp.session.kill_by_authrole', ['anonymous'])).toBe(2);
    expect(await asked('wamp.session.kill_all')).toBe(0);
    expect(await asked('wamp.session.count')).toBe(1);
  });

  test('does not let everybody end sessions by default', async () => {
    const plain = await fixture.router();
    const client = await RawClient.joined(plain.router);
    expect(await client.request(48, {}, 'wamp.session.kill_all')).toMatchObject({
      error: 'wamp.error.not_authorized',
    });
  });

  test('tells of subscriptions', async () => {
    const other = await RawClient.joined(router);
    await watcher.request(32, { match: 'prefix' }, 'wamp.subscription.');
    const events: [unknown, unknown][] = [];
    const next = async (): Promise<void> => {
      const { details, args } = await watcher.next('event');
      events.push([details['topic'], args?.[0]]);
    };
    await next();
    events.length = 0;
    const answer = await other.request(32, { match: 'prefix' }, 'a.b');
    const { subscription } = answer as { subscription: number };
    expect(await asked('wamp.subscription.list')).toMatchObject({ exact: [], wildcard: [] });
    expect(await asked('wamp.subscription.lookup', ['a.b', { match: 'prefix' }])).toBe(
      subscription,
    );
    expect(await asked('wamp.subscription.lookup', ['a.b'])).toBeNull();
    expect(await asked('wamp.subscription.match', ['a.b.c'])).toEqual([subscription]);
    expect(await asked('wamp.subscription.match', ['x.y'])).toBeNull();
    expect(await asked('wamp.subscription.get', [subscription])).toMatchObject({
      id: subscription,
      uri: 'a.b',
      match: 'prefix',
    });
    expect(await asked('wamp.subscription.get', [1])).toBe('wamp.error.no_such_subscription');
    expect(await asked('wamp.subscription.list_subscribers', [subscription])).toEqual([
      other.session,
    ]);
    expect(await asked('wamp.subscription.count_subscribers', [subscription])).toBe(1);
    await other.request(34, subscription);
    for (let i = 0; i < 4; i++) await next();
    expect(events).toEqual(
      ['create', 'subscribe', 'unsubscribe', 'delete'].map((what) => [
        `wamp.subscription.on_${what}`,
        other.session,
      ]),
    );
  });

  test('tells nobody anything by a subscription that he has not heard of', async () => {
    watcher.send([32, 1, {}, 'wamp.subscription.on_subscribe']);
    await eventually(() => watcher.received.length === 2);
    const [subscribed, event] = watcher.received as [
      WampMessage<'subscribed'>,
      WampMessage<'event'>,
    ];
    expect([subscribed.type, event.type]).toEqual(['subscribed', 'event']);
    const { subscription } = subscribed;
    expect(event).toMatchObject({ subscription, args: [watcher.session, subscription] });
  });

  test('tells of registrations', async () => {
    const other = await RawClient.joined(router);
    await watcher.request(32, { match: 'prefix' }, 'wamp.registration.');
    const answer = await other.request(64, { invoke: 'first' }, 'a.p');
    const { registration } = answer as { registration: number };
    expect(await watcher.next('event')).toMatchObject({
      details: { topic: 'wamp.registration.on_create' },
      args: [other.session, { id: registration, uri: 'a.p', match: 'exact', invoke: 'first' }],
    });
    expect(await asked('wamp.registration.match', ['a.p'])).toBe(registration);
    expect(await asked('wamp.registration.list_callees', [registration])).toEqual([other.session]);
    expect(await asked('wamp.registration.get', [1])).toBe('wamp.error.no_such_registration');
  });

  test('publishes testaments of a session that ends', async () => {
    await watcher.request(32, {}, 'a.gone');
    const mortal = await RawClient.joined(router);
    const add = (topic: string, scope?: string): Promise<WampMessage> =>
      mortal.request(48, {}, 'wamp.session.add_testament', [topic, ['bye'], { k: 1 }], { scope });
    expect(await add('a.gone')).toMatchObject({ type: 'result' });
    expect(await add('a.gone', 'detached')).toMatchObject({ type: 'result' });
    expect(await add('a.gone')).toMatchObject({ error: 'wamp.error.unavailable' });
    expect(
      await mortal.request(48, {}, 'wamp.session.flush_testaments', [], { scope: 'detached' }),
    ).toMatchObject({ args: [1] });
    expect(await mortal.request(48, {}, 'wamp.session.add_testament', ['a.gone'])).toMatchObject({
      error: 'wamp.error.invalid_argument',
    });
    mortal.vanish();
    expect(await watcher.next('event')).toMatchObject({ args: ['bye'], kwargs: { k: 1 } });
    expect(watcher.received).toEqual([]);
  });
});
