import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@macula/testkit';
import type { MemoryNode } from '../../test/memory-mesh.ts';
import { RawClient } from '../../test/raw-client.ts';
import { RouterFixture } from '../../test/router-fixture.ts';
import { WampError, type WampRouter } from '../index.ts';

const [call, cancel, register, unregister, yielded, failed] = [48, 49, 64, 66, 70, 8];
const invocationCode = 68;

describe.each(['the same router', 'another router'])('the dealer, with a callee at %s', (where) => {
  let fixture: RouterFixture;
  let router: WampRouter;
  let node: MemoryNode;
  let calleeRouter: WampRouter;
  let caller: RawClient;
  let callee: RawClient;

  beforeEach(async () => {
    fixture = new RouterFixture();
    ({ router, node } = await fixture.router({ killTimeoutMs: 100 }));
    calleeRouter = where === 'another router' ? (await fixture.router()).router : router;
    caller = await RawClient.joined(router);
    callee = await RawClient.joined(calleeRouter);
  });

  afterEach(() => fixture.stop());

  async function registered(client: RawClient, procedure: string, options = {}): Promise<number> {
    const answer = await client.request(register, options, procedure);
    return (answer as { registration: number }).registration;
  }

  test('brings arguments there and results back', async () => {
    const registration = await registered(callee, 'a.add');
    const result = caller.request(call, {}, 'a.add', [1, 2], { k: true });
    const invocation = await callee.next('invocation');
    expect(invocation).toEqual({
      type: 'invocation',
      request: 1,
      registration,
      details: {},
      args: [1, 2],
      kwargs: { k: true },
    });
    callee.send([yielded, invocation.request, {}, [3], { took: 1 }]);
    expect(await result).toMatchObject({ type: 'result', args: [3], kwargs: { took: 1 } });
  });

  test('keeps URI and arguments of errors', async () => {
    await registered(callee, 'a.p');
    const result = caller.request(call, {}, 'a.p');
    const { request } = await callee.next('invocation');
    callee.send([failed, invocationCode, request, {}, 'a.sold_out', ['tea'], { until: 'monday' }]);
    expect(await result).toMatchObject({
      type: 'error',
      requestType: 'call',
      error: 'a.sold_out',
      args: ['tea'],
      kwargs: { until: 'monday' },
    });
  });

  test('calls native procedures, and is called by natives', async () => {
    await node.register('native.double', ([x]) => [(x as number) * 2]);
    await node.register('native.fail', () => {
      throw new WampError('native.broken', ['why']);
    });
    expect(await caller.request(call, {}, 'native.double', [4])).toMatchObject({ args: [8] });
    expect(await caller.request(call, {}, 'native.fail')).toMatchObject({
      error: 'native.broken',
      args: ['why'],
    });
    await registered(callee, 'a.p');
    const answer = node.call('a.p', ['hello']);
    const { request, args } = await callee.next('invocation');
    expect(args).toEqual(['hello']);
    callee.send([yielded, request, {}, ['bye']]);
    expect(await answer).toEqual(['bye']);
  });

  test('brings progressive results, in order, to those who asked', async () => {
    await registered(callee, 'a.count');
    caller.send([call, 9, { receive_progress: true }, 'a.count']);
    const { request, details } = await callee.next('invocation');
    expect(details).toEqual({ receive_progress: true });
    for (let i = 1; i <= 3; i++) callee.send([yielded, request, { progress: true }, [i]]);
    callee.send([yielded, request, {}, ['done']]);
    const results = [];
    for (let i = 0; i < 4; i++) results.push(await caller.next('result'));
    expect(results.map(({ args, details: d }) => [args?.[0], d['progress']])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      ['done', undefined],
    ]);
  });

  test.each(['killnowait', undefined])(
    'cancels with mode %s at once, and interrupts',
    async (mode) => {
      await registered(callee, 'a.p');
      caller.send([call, 1, {}, 'a.p']);
      const { request } = await callee.next('invocation');
      caller.send([cancel, 1, mode === undefined ? {} : { mode }]);
      expect(await caller.next('error')).toMatchObject({
        error: 'wamp.error.canceled',
        request: 1,
      });
      expect(await callee.next('interrupt')).toMatchObject({
        request,
        options: { mode: 'killnowait' },
      });
      callee.send([yielded, request, {}, ['too late']]);
      expect(await caller.request(call, {}, 'a.none')).toMatchObject({
        error: 'wamp.error.no_such_procedure',
      });
    },
  );

  test('cancels with mode skip without telling the callee', async () => {
    await registered(callee, 'a.p');
    caller.send([call, 1, {}, 'a.p']);
    const { request } = await callee.next('invocation');
    caller.send([cancel, 1, { mode: 'skip' }]);
    expect(await caller.next('error')).toMatchObject({ error: 'wamp.error.canceled' });
    callee.send([yielded, request, {}, ['ignored']]);
    expect(callee.received).toEqual([]);
    expect(caller.received).toEqual([]);
  });

  test('cancels with mode kill once the callee has answered', async () => {
    await registered(callee, 'a.p');
    caller.send([call, 1, {}, 'a.p']);
    const { request } = await callee.next('invocation');
    caller.send([cancel, 1, { mode: 'kill' }]);
    expect(await callee.next('interrupt')).toMatchObject({ request, options: { mode: 'kill' } });
    expect(caller.received).toEqual([]);
    callee.send([failed, invocationCode, request, {}, 'wamp.error.canceled', ['cleaned up']]);
    expect(await caller.next('error')).toMatchObject({ args: ['cleaned up'] });
  });

  test('does not wait for a callee that cannot be interrupted', async () => {
    const { router: patient } = await fixture.router({ killTimeoutMs: 3_600_000 });
    const impatient = await RawClient.joined(patient);
    const deaf = new RawClient(where === 'another router' ? calleeRouter : patient);
    deaf.send([1, 'org.example', { roles: { callee: {} } }]);
    await deaf.next('welcome');
    await registered(deaf, 'a.p');
    impatient.send([call, 1, {}, 'a.p']);
    const { request } = await deaf.next('invocation');
    impatient.send([cancel, 1, { mode: 'kill' }]);
    expect(await impatient.next('error')).toMatchObject({ error: 'wamp.error.canceled' });
    deaf.send([yielded, request, {}, ['too late']]);
    await registered(deaf, 'a.q');
    expect([impatient.received, deaf.received]).toEqual([[], []]);
  });

  test('does not wait for ever for a callee that was to be killed', async () => {
    await registered(callee, 'a.p');
    caller.send([call, 1, {}, 'a.p']);
    await callee.next('invocation');
    caller.send([cancel, 1, { mode: 'kill' }]);
    expect(await caller.next('error')).toMatchObject({ error: 'wamp.error.canceled' });
  });

  test('ends a call after its timeout and tells the callee why', async () => {
    await registered(callee, 'a.p');
    const result = caller.request(call, { timeout: 20 }, 'a.p');
    expect(await result).toMatchObject({ error: 'wamp.error.timeout' });
    expect(await callee.next('interrupt')).toMatchObject({
      options: { reason: 'wamp.error.timeout' },
    });
  });

  test('fails calls of a callee that vanishes, and forgets its procedures', async () => {
    await registered(callee, 'a.p');
    const result = caller.request(call, {}, 'a.p');
    await callee.next('invocation');
    callee.vanish();
    expect(await result).toMatchObject({ error: 'wamp.error.canceled' });
    await eventually(() => ![...fixture.mesh.offers].some(({ pattern }) => pattern.matches('a.p')));
    expect(await caller.request(call, {}, 'a.p')).toMatchObject({
      error: 'wamp.error.no_such_procedure',
    });
  });

  test('interrupts callees of a caller that vanishes', async () => {
    await registered(callee, 'a.p');
    caller.send([call, 1, {}, 'a.p']);
    const { request } = await callee.next('invocation');
    caller.vanish();
    expect(await callee.next('interrupt')).toMatchObject({ request });
  });

  test('tells who called, where he agrees', async () => {
    await registered(callee, 'a.p');
    caller.send([call, 1, { disclose_me: true }, 'a.p', [1]]);
    const { details, args, kwargs } = await callee.next('invocation');
    expect(details).toMatchObject({ caller: caller.session, caller_authrole: 'anonymous' });
    expect([args, kwargs]).toEqual([[1], undefined]);
  });

  test.each([
    ['prefix', 'a.b', 'a.b.c'],
    ['wildcard', 'a..c', 'a.x.c'],
  ])('takes %s registrations and says what was called', async (match, pattern, procedure) => {
    await registered(callee, pattern, { match });
    caller.send([call, 1, {}, procedure]);
    expect((await callee.next('invocation')).details).toEqual({ procedure });
  });

  test.each([
    ['roundrobin', [0, 1, 0, 1]],
    ['first', [0, 0, 0, 0]],
    ['last', [1, 1, 1, 1]],
  ])('shares a procedure by %s', async (invoke, expected) => {
    const other = await RawClient.joined(calleeRouter);
    const ids = [
      await registered(callee, 'a.p', { invoke }),
      await registered(other, 'a.p', { invoke }),
    ];
    expect(ids[0]).toBe(ids[1]);
    const answered: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const result = caller.request(call, {}, 'a.p');
      await eventually(() => callee.received.length + other.received.length > 0);
      const chosen = callee.received.length > 0 ? callee : other;
      const { request } = await chosen.next('invocation');
      chosen.send([yielded, request, {}, [chosen === callee ? 0 : 1]]);
      answered.push(((await result) as unknown as { args: unknown[] }).args[0]);
    }
    expect(answered).toEqual(expected);
  });

  test('refuses a procedure that is held already', async () => {
    await registered(callee, 'a.p');
    for (const client of [callee, caller]) {
      expect(await client.request(register, {}, 'a.p')).toMatchObject({
        error: 'wamp.error.procedure_already_exists',
      });
    }
  });

  test('takes a procedure back', async () => {
    const id = await registered(callee, 'a.p');
    expect(await callee.request(unregister, id)).toMatchObject({ type: 'unregistered' });
    expect(await callee.request(unregister, id)).toMatchObject({
      error: 'wamp.error.no_such_registration',
    });
    expect(await caller.request(register, {}, 'a.p')).toMatchObject({ type: 'registered' });
  });

  test.each([
    [register, {}, 'wamp.session.count', 'wamp.error.invalid_uri'],
    [register, { invoke: 'fastest' }, 'a.p', 'wamp.error.invalid_argument'],
    [register, {}, 'a..p', 'wamp.error.invalid_uri'],
    [call, {}, 'a..p', 'wamp.error.invalid_uri'],
    [call, {}, 'wamp.nothing', 'wamp.error.no_such_procedure'],
  ])('answers %d %j %s with %s', async (code, options, uri, error) => {
    expect(await caller.request(code, options, uri)).toMatchObject({ type: 'error', error });
  });

  test('ends a session that uses the number of an open call again', async () => {
    await registered(callee, 'a.p');
    caller.send([call, 1, {}, 'a.p']);
    caller.send([call, 1, {}, 'a.p']);
    expect(await caller.next('abort')).toMatchObject({ reason: 'wamp.error.protocol_violation' });
  });
});
