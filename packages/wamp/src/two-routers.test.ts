import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RawClient } from '../test/raw-client.ts';
import { RouterFixture } from '../test/router-fixture.ts';
import type { MemoryNode } from '../test/memory-mesh.ts';

const [publish, subscribe, call, cancel, register, yielded] = [16, 32, 48, 49, 64, 70];

/** What others want and offer may not be known yet, as while the directory has not answered. */
describe.each([
  ['who know of others', true],
  ['who do not know of others yet', false],
])('two routers on one node %s', (_, isKnown) => {
  let fixture: RouterFixture;
  let node: MemoryNode;
  let near: RawClient;
  let far: RawClient;

  beforeEach(async () => {
    fixture = new RouterFixture();
    fixture.mesh.isKnown = isKnown;
    const first = await fixture.router();
    ({ node } = first);
    const second = await fixture.router({}, undefined, node);
    near = await RawClient.joined(first.router);
    far = await RawClient.joined(second.router);
  });

  afterEach(() => fixture.stop());

  async function registered(client: RawClient, procedure: string): Promise<void> {
    expect(await client.request(register, {}, procedure)).toMatchObject({ type: 'registered' });
  }

  async function answers(caller: RawClient, callee: RawClient, procedure: string): Promise<void> {
    const result = caller.request(call, {}, procedure, [20]);
    const { request, args } = await callee.next('invocation');
    callee.send([yielded, request, {}, [(args?.[0] as number) + 1]]);
    expect(await result).toMatchObject({ type: 'result', args: [21] });
  }

  test('bring an event to the clients of both, once', async () => {
    for (const client of [near, far]) await client.request(subscribe, {}, 'a.b');
    await node.publish('a.b', ['native']);
    near.send([publish, 1, { exclude_me: false }, 'a.b', ['near']]);
    far.send([publish, 1, { exclude_me: false }, 'a.b', ['far']]);
    for (const client of [near, far]) {
      const heard = [];
      for (let i = 0; i < 3; i++) heard.push((await client.next('event')).args?.[0]);
      expect(heard.sort()).toEqual(['far', 'native', 'near']);
      expect(client.received).toEqual([]);
    }
  });

  test('bring calls from the clients of one to those of the other', async () => {
    await registered(far, 'a.far');
    await registered(near, 'a.near');
    await answers(near, far, 'a.far');
    await answers(far, near, 'a.near');
    await answers(far, far, 'a.far');
  });

  test('hold a procedure once between them', async () => {
    await registered(near, 'a.p');
    expect(await far.request(register, {}, 'a.p')).toMatchObject({
      error: 'wamp.error.procedure_already_exists',
    });
  });

  test('ask a callee of the other to stop', async () => {
    await registered(far, 'a.p');
    near.send([call, 1, {}, 'a.p']);
    const { request } = await far.next('invocation');
    near.send([cancel, 1, { mode: 'kill' }]);
    expect(await far.next('interrupt')).toMatchObject({ request, options: { mode: 'kill' } });
    far.send([yielded, request, {}, ['finished all the same']]);
    expect(await near.next('result')).toMatchObject({ args: ['finished all the same'] });
  });

  test('end calls of the one whose callee leaves the other', async () => {
    await registered(far, 'a.p');
    const result = near.request(call, {}, 'a.p');
    await far.next('invocation');
    far.vanish();
    expect(await result).toMatchObject({ error: 'wamp.error.canceled' });
  });
});
