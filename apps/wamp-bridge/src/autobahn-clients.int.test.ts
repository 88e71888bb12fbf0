import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import type { CallContext, MaculaNode } from '@macula/node';
import { eventually } from '@macula/testkit';
import { type AutobahnSession, joinWithAutobahn } from '../test/autobahn-session.ts';
import { BridgeFixture } from '../test/bridge-fixture.ts';
import { FoxRouter } from '../test/fox-router.ts';
import { MeshRouter } from '../test/mesh-router.ts';
import { until } from '../test/until.ts';
import type { Bridge } from './bridge.ts';
import type { RouterInvocation } from './router/router-session.ts';
import { wampyOptions } from './router/wampy-options.ts';
import { openWampySession } from './router/wampy-session.ts';

const rules = `
events:
  - router: be.cortexiq.**
    topics: [be.cortexiq.measured]
procedures:
  - router: be.cortexiq.**
    procedures: [be.cortexiq.list]
`;

describe.each([
  ['fox-wamp', 'static', () => FoxRouter.start()],
  ['the façade', 'full', () => MeshRouter.start()],
] as const)('autobahn at %s', (_, dialect, startRouter) => {
  const fixture = new BridgeFixture();
  let router: FoxRouter | MeshRouter;
  let native: MaculaNode;
  let bridge: Bridge;
  let session: AutobahnSession;
  let close: () => Promise<void>;

  beforeEach(async () => {
    // autobahn reports every end of a connection.
    for (const level of ['warn', 'error'] as const) {
      jest.spyOn(console, level).mockImplementation(() => undefined);
    }
    router = await startRouter();
    native = await fixture.node();
    ({ session, close } = await joinWithAutobahn(router.url, router.realm));
    bridge = await fixture.bridge({ url: router.url, realm: router.realm, dialect }, rules);
    await eventually(() => bridge.health().status === 'connected');
  }, 300_000);

  afterEach(async () => {
    await close();
    await fixture.stop();
    await ('kill' in router ? router.kill() : router.stop());
  });

  const crosses = (way: 'toMesh' | 'toRouter', kind: 'topics' | 'procedures'): Promise<void> =>
    eventually(() => bridge.health()[way][kind].length > 0);

  test('hears the mesh, and is heard there', async () => {
    const inMesh: unknown[] = [];
    const atRouter: unknown[] = [];
    await session.subscribe('be.cortexiq.sold', (args, kwargs) => atRouter.push([args, kwargs]));
    await native.subscribe('be.cortexiq.measured', ({ args, kwargs }) =>
      inMesh.push([args, kwargs]),
    );
    await crosses('toMesh', 'topics');
    await crosses('toRouter', 'topics');
    await session.publish('be.cortexiq.measured', [1, 'ü'], { w: 2.5 }, { acknowledge: true });
    await native.publish('be.cortexiq.sold', [{ tea: [true, null] }], { qos: 1 });
    await eventually(() => inMesh.length === 1 && atRouter.length === 1);
    expect(inMesh).toEqual([[[1, 'ü'], { w: 2.5 }]]);
    expect(atRouter).toEqual([[[{ tea: [true, null] }], {}]]);
  }, 60_000);

  test('gives and gets progress', async () => {
    await session.register('be.cortexiq.list', (_args, _kwargs, { progress }) => {
      for (const part of [1, 2, 3]) progress?.([part]);
      return 'listed';
    });
    await native.register('be.cortexiq.count', async (_count, call) => {
      for (const part of [1, 2, 3]) await call.progress(part);
      return 'counted';
    });
    await crosses('toMesh', 'procedures');
    await crosses('toRouter', 'procedures');
    // The mesh learns of what the bridge has registered a moment later.
    const isListed = () => native.call('be.cortexiq.list').then(Boolean, () => false);
    await until(isListed);
    const heard: unknown[] = [];
    const listed = await native.call('be.cortexiq.list', [], {
      onProgress: (part) => heard.push(part),
    });
    expect([listed, heard]).toEqual([['listed'], [[1], [2], [3]]]);
    heard.length = 0;
    const counted = await new Promise((resolve, reject) => {
      session
        .call('be.cortexiq.count', [], {}, { receive_progress: true })
        .then(resolve, reject, (part) => heard.push(part));
    });
    expect([counted, heard]).toEqual(['counted', [1, 2, 3]]);
  }, 60_000);
});

describe('a router that can interrupt', () => {
  const fixture = new BridgeFixture();
  let router: MeshRouter;
  let native: MaculaNode;
  let bridge: Bridge;

  beforeEach(async () => {
    router = await MeshRouter.start();
    native = await fixture.node();
    const { url, realm } = router;
    bridge = await fixture.bridge({ url, realm, dialect: 'full' }, rules);
    await eventually(() => bridge.health().status === 'connected');
  });

  afterEach(async () => {
    await fixture.stop();
    await router.stop();
  });

  test.each(['kill', 'killnowait', 'skip'])(
    'cancels a call into the mesh with mode %s',
    async (mode) => {
      let begun: CallContext | undefined;
      await native.register('be.cortexiq.slow', async (_, call) => {
        begun = call;
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        return 'late';
      });
      await eventually(() => bridge.health().toMesh.procedures.length === 1);
      const { session, close } = await joinWithAutobahn(router.url, router.realm);
      try {
        const outcome = new Promise<unknown>((resolve) => {
          const call = session.call('be.cortexiq.slow', [], {}, {});
          call.then(resolve, ({ error, message }) => resolve(error ?? message));
          void eventually(() => begun !== undefined).then(() => call.cancel({ mode }));
        });
        expect(await outcome).toBe(mode === 'kill' ? 'wamp.error.canceled' : 'Cancelled');
        // skip leaves the callee in peace.
        if (mode !== 'skip') await eventually(() => begun?.signal.aborted === true);
        expect(bridge.health().router).toMatchObject({ sessions: 1, state: 'connected' });
      } finally {
        await close();
      }
    },
    60_000,
  );

  test('is told when a caller in the mesh gives up', async () => {
    const options = await wampyOptions(
      { realm: router.realm, serializer: 'msgpack', auth: { method: 'anonymous' } },
      {},
    );
    const session = await openWampySession(router.url, options, {
      ...{ clock: systemClock, timeoutMs: 10_000, signal: new AbortController().signal },
    });
    let begun: RouterInvocation | undefined;
    await session.register('be.cortexiq.slow', { match: 'exact', shared: false }, (call) => {
      begun = call;
      return new Promise((resolve) => {
        call.signal.addEventListener('abort', () => resolve({ args: [], kwargs: {} }));
      });
    });
    await eventually(() => bridge.health().toRouter.procedures.length === 1);
    const caller = new AbortController();
    // The mesh learns of the procedure a moment later.
    await until(async () => {
      const refused = native.call('be.cortexiq.slow', [], { signal: caller.signal }).then(
        () => false,
        () => false,
      );
      return Promise.race([refused, eventually(() => begun !== undefined).then(() => true)]);
    });
    caller.abort();
    await eventually(() => begun?.signal.aborted === true);
    await session.close();
  }, 60_000);
});
