import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@macula/testkit';
import type { Wampy } from 'wampy';
import { BridgeFixture } from '../test/bridge-fixture.ts';
import { FoxRouter } from '../test/fox-router.ts';
import { wampClient } from '../test/wamp-client.ts';

const rules = `
events:
  - router: be.cortexiq.**
    topics: [be.cortexiq.home.measured]
    qos: 1
  - router: com.old.**
    mesh: be.new.**
procedures:
  - router: be.cortexiq.**
    procedures: [be.cortexiq.home.get_status]
`;

describe('a bridge between fox-wamp and a mesh', () => {
  const fixture = new BridgeFixture();
  const clients: Wampy[] = [];
  let router: FoxRouter;

  beforeEach(async () => {
    router = await FoxRouter.start();
  }, 300_000);

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.disconnect();
    await fixture.stop();
    await router.kill();
  });

  async function client(): Promise<Wampy> {
    const one = await wampClient(router.url, router.realm);
    clients.push(one);
    return one;
  }

  const fox = (): { url: string; realm: string; dialect: string } => ({
    url: router.url,
    realm: router.realm,
    dialect: 'static',
  });

  test('brings events across, both ways, once and in order', async () => {
    const native = await fixture.node();
    const bridge = await fixture.bridge(fox(), rules);
    const wamp = await client();
    const inMesh: unknown[] = [];
    const atRouter: unknown[] = [];
    await native.subscribe('be.cortexiq.**', ({ args, kwargs }) => inMesh.push([args, kwargs]));
    await native.subscribe('be.new.thing', ({ topic, args }) => inMesh.push([topic, args]));
    await wamp.subscribe('be.cortexiq.sold', ({ argsList }) => void atRouter.push(argsList?.[0]));
    await wamp.subscribe('com.old.thing', ({ argsList }) => void atRouter.push(argsList?.[0]));
    await eventually(() => {
      const { status, toMesh } = bridge.health();
      return status === 'connected' && toMesh.topics.length === 2;
    });
    expect(bridge.health()).toMatchObject({
      toMesh: { topics: ['be.cortexiq.home.measured', 'com.old.thing'] },
    });

    for (let i = 0; i < 100; i++) {
      await wamp.publish('be.cortexiq.home.measured', {
        argsList: [i],
        argsDict: { production_w: i },
      });
      await native.publish('be.cortexiq.sold', [i], { qos: 1 });
    }
    await wamp.publish('com.old.thing', ['renamed']);
    await native.publish('be.new.thing', ['back'], { qos: 1 });
    await eventually(() => inMesh.length === 101 && atRouter.length === 101);
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    expect(inMesh).toEqual([
      ...numbers.map((i) => [[i], { production_w: i }]),
      ['be.new.thing', ['renamed']],
    ]);
    expect(atRouter).toEqual([...numbers, 'back']);
  }, 60_000);

  test('lets both sides call each other, errors included', async () => {
    const native = await fixture.node();
    const bridge = await fixture.bridge(fox(), rules);
    const wamp = await client();
    await wamp.register('be.cortexiq.home.get_status', ({ argsList }) => ({
      argsList: [`status of ${String(argsList?.[0])}`],
    }));
    await native.register('be.cortexiq.query.total', ([a, b]) => Number(a) + Number(b));
    await eventually(() => {
      const { toMesh, toRouter } = bridge.health();
      return toMesh.procedures.length === 1 && toRouter.procedures.length === 1;
    });
    await eventually(() => bridge.health().status === 'connected');
    expect(await native.call('be.cortexiq.home.get_status', ['h1'])).toEqual(['status of h1']);
    expect((await wamp.call('be.cortexiq.query.total', [2, 3])).argsList).toEqual([5]);

    await expect(native.call('be.cortexiq.home.get_status2', ['h1'])).rejects.toMatchObject({
      uri: 'wamp.error.no_such_procedure',
    });
  }, 60_000);
});
