import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@macula/testkit';
import type { Wampy } from 'wampy';
import { BridgeFixture, configOf } from '../test/bridge-fixture.ts';
import { MeshRouter } from '../test/mesh-router.ts';
import { until } from '../test/until.ts';
import { leave, wampClient } from '../test/wamp-client.ts';

const rules = `
events:
  - router: be.cortexiq.**
    qos: 1
procedures:
  - router: be.cortexiq.**
`;

describe('a bridge to a router with the meta API', () => {
  const fixture = new BridgeFixture();
  const clients: Wampy[] = [];
  let router: MeshRouter;

  beforeEach(async () => {
    router = await MeshRouter.start();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await leave(client);
    await fixture.stop();
    await router.stop();
  });

  async function client(): Promise<Wampy> {
    const one = await wampClient(router.url, router.realm);
    clients.push(one);
    return one;
  }

  const full = (): { url: string; realm: string; dialect: string } => ({
    url: router.url,
    realm: router.realm,
    dialect: 'full',
  });

  test('pulls only what is wanted, from both sides', async () => {
    const native = await fixture.node();
    const wamp = await client();
    const atRouter: unknown[] = [];
    const inMesh: unknown[] = [];
    await wamp.subscribe('be.cortexiq.sold', ({ argsList }) => void atRouter.push(argsList?.[0]));
    const bridge = await fixture.bridge(full(), rules);
    await eventually(() => {
      const { status, toRouter } = bridge.health();
      return status === 'connected' && toRouter.topics.length === 1;
    });
    expect(bridge.health()).toMatchObject({
      toMesh: { topics: [] },
      toRouter: { topics: ['be.cortexiq.sold'] },
    });

    const subscription = await native.subscribe('be.cortexiq.home.*.measured', ({ topic, args }) =>
      inMesh.push([topic, args]),
    );
    await wamp.subscribe('be.cortexiq.offer', () => undefined, { match: 'prefix' });
    await eventually(() => {
      const { toMesh, toRouter } = bridge.health();
      return toMesh.topics.length === 1 && toRouter.topics.length === 2;
    });
    expect(bridge.health()).toMatchObject({
      toMesh: { topics: ['be.cortexiq.home.*.measured'] },
      toRouter: { topics: ['be.cortexiq.sold', 'be.cortexiq.offer'] },
    });
    await wamp.publish('be.cortexiq.home.h1.measured', [1]);
    await native.publish('be.cortexiq.sold', [2], { qos: 1 });
    await eventually(() => inMesh.length === 1 && atRouter.length === 1);
    expect([inMesh, atRouter]).toEqual([[['be.cortexiq.home.h1.measured', [1]]], [2]]);

    await subscription.unsubscribe();
    await wamp.unsubscribe('be.cortexiq.sold');
    await eventually(() => {
      const { toMesh, toRouter } = bridge.health();
      return toMesh.topics.length === 0 && toRouter.topics.length === 1;
    });
  }, 60_000);

  test('lets services move one by one, and back, while others call them', async () => {
    const native = await fixture.node();
    const service = await fixture.node();
    const bridge = await fixture.bridge(full(), rules);
    const wamp = await client();
    const caller = await client();
    const name = 'be.cortexiq.home.get_status';
    const ask = async (): Promise<unknown[]> => [
      await native.call(name).catch(missing),
      await caller.call(name).then(({ argsList }) => argsList, missing),
    ];
    const answers = async (expected: string): Promise<void> => {
      await until(async () => {
        const [mesh, router_] = await ask();
        return String(mesh) === expected && String(router_) === expected;
      });
    };
    for (let round = 0; round < 2; round++) {
      await wamp.register(name, () => ({ argsList: ['from the router'] }));
      await answers('from the router');
      // The new home comes up before the old one goes: neither is refused.
      const moved = await service.register(name, () => ['from the mesh']);
      await eventually(() => bridge.health().toMesh.procedures.length === 1);
      await wamp.unregister(name);
      await answers('from the mesh');
      await moved.unregister();
    }
  }, 60_000);

  test('brings progress, errors with their arguments, and cancelling across', async () => {
    const native = await fixture.node();
    await fixture.bridge(full(), rules);
    const wamp = await client();
    await wamp.register('be.cortexiq.fail', () => {
      throw Object.assign(new Error(), {
        error: 'be.cortexiq.sold_out',
        argsList: ['tea'],
        argsDict: { until: 'monday' },
      });
    });
    await native.register('be.cortexiq.count', async (_, call) => {
      for (let i = 1; i <= 3; i++) await call.progress(i);
      return 'done';
    });
    await eventually(() => fixture.bridges[0]?.health().toRouter.procedures.length === 1);
    await until(
      async () =>
        (await native.call('be.cortexiq.fail').catch(missing)) !== 'wamp.error.no_such_procedure',
    );
    await expect(native.call('be.cortexiq.fail')).rejects.toMatchObject({
      uri: 'be.cortexiq.sold_out',
      args: ['tea'],
      kwargs: { until: 'monday' },
    });
    const parts: unknown[] = [];
    await eventually(() => fixture.bridges[0]?.health().toMesh.procedures.length === 1);
    await until(async () => {
      parts.length = 0;
      const counted = wamp.call('be.cortexiq.count', [], {
        progress_callback: ({ argsList }) => void parts.push(argsList?.[0]),
      });
      return (await counted.then(({ argsList }) => argsList?.[0], missing)) === 'done';
    });
    expect(parts).toEqual([1, 2, 3]);
  }, 60_000);

  test('takes new rules without touching the old ones', async () => {
    const native = await fixture.node();
    const wamp = await client();
    const bridge = await fixture.bridge(full(), rules);
    await native.subscribe('be.cortexiq.a', () => undefined);
    await native.subscribe('nl.other.b', () => undefined);
    await eventually(() => bridge.health().toMesh.topics.length === 1);
    const lookup = async (): Promise<unknown> =>
      (await wamp.call('wamp.subscription.lookup', ['be.cortexiq.a'])).argsList?.[0];
    await until(async () => (await lookup()) !== null);
    const before = await lookup();
    const next = configOf(full(), rules.replace('procedures:', '  - router: nl.**\nprocedures:'));
    expect(await bridge.reconfigure(next)).toEqual({ added: 2, removed: 0, later: [] });
    await eventually(() => bridge.health().toMesh.topics.length === 2);
    expect(await lookup()).toBe(before);
    expect(await bridge.reconfigure(configOf(full(), ''))).toEqual({
      added: 0,
      removed: 6,
      later: [],
    });
    expect(bridge.health().toMesh.topics).toEqual([]);
  }, 60_000);
});

function missing(error: unknown): unknown {
  const { uri, errorUri } = error as { uri?: string; errorUri?: string };
  return uri ?? errorUri ?? 'error';
}
