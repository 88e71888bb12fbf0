import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@macula/testkit';
import type { BareRouter } from '../test/bare-router.ts';
import { BridgeFixture } from '../test/bridge-fixture.ts';

const rules = `
events:
  - router: be.cortexiq.**
procedures:
  - router: be.cortexiq.**
`;

describe('a bridge whose router misbehaves', () => {
  const fixture = new BridgeFixture();
  let router: BareRouter;

  beforeEach(async () => {
    router = await fixture.bareRouter();
  });

  afterEach(() => fixture.stop());

  test('gives up waiting for a router that never answers, lets go of the connection, and tries again', async () => {
    let mute = true;
    router.answer = ([kind]) => mute && kind === 1;
    const { url, realm, dialect } = router;
    const impatient = { url, realm, dialect: `${dialect}\n  connectTimeoutMs: 100` };
    const bridge = await fixture.bridge(impatient, rules);
    await eventually(() => router.connections >= 3);
    const { status, router: health } = bridge.health();
    expect(['connecting', 'buffering']).toContain(status);
    expect(health.lastFailure).toMatch(/joining the router at ws:.* took longer than 100 ms/);
    expect(health.sessions).toBe(0);
    expect(router.open).toBeLessThanOrEqual(2);
    mute = false;
    await eventually(() => bridge.health().status === 'connected');
    expect(bridge.health().router.lastFailure).toBeUndefined();
  });

  test.each([
    ['wamp.error.no_such_realm', 'there is no realm1'],
    ['wamp.error.authentication_failed', 'wrong ticket'],
  ])('says why a router turns it away with %s, and tries again', async (uri, message) => {
    let closed = true;
    router.answer = ([kind], say) => {
      if (closed && kind === 1) say(3, { message }, uri);
      return closed;
    };
    const bridge = await fixture.bridge(router, rules);
    await eventually(() => router.connections >= 3);
    expect(bridge.health().router.lastFailure).toBe(
      `${uri}: no session at ${router.url}: ${message}`,
    );
    closed = false;
    await eventually(() => bridge.health().status === 'connected');
  });

  test('says why a router ends a session that stood', async () => {
    const bridge = await fixture.bridge(router, rules);
    await eventually(() => bridge.health().status === 'connected');
    router.answer = ([kind]) => kind === 1;
    router.sayToAll(3, {}, 'wamp.close.system_shutdown');
    await eventually(() => bridge.health().router.lastFailure !== undefined);
    expect(bridge.health().router.lastFailure).toBe(
      'the router aborted with wamp.close.system_shutdown',
    );
  });

  test.each([
    ['a number', [4]],
    ['nothing', []],
    ['a text', ['exact']],
    ['lists of no IDs', [{ exact: [null, {}, 'x', -1, 1e300], prefix: 7 }]],
    ['details of no sense', [{ exact: [1, 2], uri: 7, match: 'nearly', id: [] }]],
  ])('carries on when the meta API answers with %s', async (_, result) => {
    router.answer = ([kind, request], say) => {
      if (kind === 48) say(50, request, {}, result);
      return kind === 48;
    };
    const bridge = await fixture.bridge(router, rules);
    await eventually(() => bridge.health().status === 'connected');
    expect(bridge.health()).toMatchObject({
      toRouter: { topics: [], procedures: [] },
      router: { sessions: 1, refused: 0 },
    });
  });
});
