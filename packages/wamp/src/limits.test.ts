import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RawClient } from '../test/raw-client.ts';
import { RouterFixture } from '../test/router-fixture.ts';
import type { WampMessage } from './index.ts';

const [subscribe, unsubscribe, call, register, unregister] = [32, 34, 48, 64, 66];

describe('a session', () => {
  let fixture: RouterFixture;
  let client: RawClient;

  beforeEach(async () => {
    fixture = new RouterFixture();
    const { router } = await fixture.router({
      maxSubscriptions: 2,
      maxRegistrations: 2,
      maxCalls: 2,
    });
    client = await RawClient.joined(router);
  });

  afterEach(() => fixture.stop());

  test.each([
    ['subscriptions', subscribe, unsubscribe],
    ['registrations', register, unregister],
  ])('has as many %s as it may, also when it does not wait for answers', async (_, ask, end) => {
    const names = ['a.one', 'a.two', 'a.three', 'a.four'];
    const answers = await Promise.all(names.map((name) => client.request(ask, {}, name)));
    const [first, second, ...others] = answers;
    for (const answer of [first, second]) expect(answer?.type).toMatch(/ed$/);
    for (const answer of others) expect(answer).toMatchObject({ error: 'wamp.error.unavailable' });
    const { subscription, registration } = first as WampMessage<'subscribed'> &
      WampMessage<'registered'>;
    await client.request(end, subscription ?? registration);
    expect((await client.request(ask, {}, 'a.five')).type).toMatch(/ed$/);
    expect(await client.request(ask, {}, 'a.six')).toMatchObject({
      error: 'wamp.error.unavailable',
    });
  });

  test('has as many calls open as it may', async () => {
    await client.request(register, {}, 'a.p');
    for (const number of [101, 102, 103]) client.send([call, number, {}, 'a.p']);
    expect(await client.next('error')).toMatchObject({
      request: 103,
      error: 'wamp.error.unavailable',
    });
    const { request } = await client.next('invocation');
    client.send([70, request, {}]);
    await client.next('result');
    client.send([call, 104, {}, 'a.p']);
    for (let i = 0; i < 2; i++) await client.next('invocation');
    expect(client.received).toEqual([]);
  });
});
