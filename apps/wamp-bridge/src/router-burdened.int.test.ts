import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { UndeliveredError } from '@macula/node';
import { eventually } from '@macula/testkit';
import type { BareRouter } from '../test/bare-router.ts';
import { BridgeFixture } from '../test/bridge-fixture.ts';
import { until } from '../test/until.ts';

const rules = `
events:
  - router: be.cortexiq.**
    direction: to-router
procedures:
  - router: be.cortexiq.**
    direction: to-router
`;

describe('a bridge whose router', () => {
  const fixture = new BridgeFixture();
  let router: BareRouter;

  beforeEach(async () => {
    router = await fixture.bareRouter();
  });

  afterEach(() => fixture.stop());

  const named = (kind: string, count: number): { uri: string }[] =>
    Array.from({ length: count }, (_, i) => ({ uri: `be.cortexiq.${kind}_${i}` }));

  test('has 5,000 subscriptions gets the events of each', async () => {
    router.subscriptions = named('topic', 5_000);
    let heard = 0;
    router.answer = ([kind, , , topic]) => {
      if (kind === 16 && topic === 'be.cortexiq.topic_4999') heard++;
      return false;
    };
    const bridge = await fixture.bridge(router, rules);
    const native = await fixture.node();
    await until(async () => {
      await native.publish('be.cortexiq.topic_4999', [1], { qos: 1 });
      return heard > 0;
    }, 25_000);
    expect(bridge.health()).toMatchObject({ status: 'connected', router: { sessions: 1 } });
  }, 60_000);

  test('has 2,000 registrations is called by the mesh', async () => {
    router.registrations = named('procedure', 2_000);
    const bridge = await fixture.bridge(router, rules);
    const native = await fixture.node();
    const answered = (): Promise<boolean> =>
      native.call('be.cortexiq.procedure_1999', []).then(
        () => true,
        () => false,
      );
    await until(answered, 25_000);
    expect(bridge.health()).toMatchObject({ status: 'connected', router: { sessions: 1 } });
  }, 60_000);

  test('drops the connection over one event loses that event, not the session for good', async () => {
    router.subscriptions = [{ uri: 'be.cortexiq.sold' }];
    const heard: unknown[] = [];
    let dropped = 0;
    router.answer = ([kind, , , topic, args], _, socket) => {
      if (kind !== 16 || topic !== 'be.cortexiq.sold') return false;
      const [what] = args as unknown[];
      if (what !== 'too large') {
        heard.push(what);
        return false;
      }
      dropped++;
      socket.close(1009);
      return true;
    };
    const bridge = await fixture.bridge(router, rules);
    const native = await fixture.node();
    const publish = (what: string): Promise<unknown> =>
      native.publish('be.cortexiq.sold', [what], { qos: 1 });
    await eventually(() => bridge.health().toRouter.topics.length === 1);
    await until(async () => {
      await publish('first');
      return heard.length > 0;
    });
    const [tooLarge] = await Promise.allSettled(['too large', 'second', 'third'].map(publish));
    expect((tooLarge as PromiseRejectedResult).reason).toBeInstanceOf(UndeliveredError);
    await eventually(() => heard.includes('second') && heard.includes('third'));
    expect(dropped).toBe(3);
    const { status, router: uplink, toRouter } = bridge.health();
    expect({ status, sessions: uplink.sessions }).toEqual({ status: 'connected', sessions: 4 });
    expect(toRouter).toMatchObject({ dropped: 1, waiting: 0, inFlight: 0 });
  }, 60_000);

  test.each([0, 1] as const)(
    'aborts the session over one of many events under way loses that one and no other, in order (quality of service %i)',
    async (qos) => {
      router.subscriptions = [{ uri: 'be.cortexiq.sold' }];
      const heard: number[] = [];
      const aborted = new Set<unknown>();
      const fatal = 20;
      router.answer = ([kind, , , topic, args], say, socket) => {
        // What comes behind the message over which a session has ended is not read any more.
        if (aborted.has(socket)) return true;
        if (kind !== 16 || topic !== 'be.cortexiq.sold') return false;
        const value = Number((args as unknown[])[0]);
        if (value !== fatal) {
          heard.push(value);
          return false;
        }
        aborted.add(socket);
        say(3, { message: 'too much' }, 'wamp.error.payload_size_exceeded');
        socket.close();
        return true;
      };
      const bridge = await fixture.bridge(router, rules);
      const native = await fixture.node();
      const publish = (value: number): Promise<unknown> =>
        native.publish('be.cortexiq.sold', [value], { qos });
      await eventually(() => bridge.health().toRouter.topics.length === 1);
      await until(async () => {
        await publish(-1);
        return heard.length > 0;
      });
      await eventually(() => bridge.health().toRouter.inFlight === 0);
      heard.length = 0;
      const values = Array.from({ length: 60 }, (_, i) => i);
      const results = await Promise.allSettled(values.map(publish));
      const others = values.filter((value) => value !== fatal);
      await eventually(() => heard.length >= others.length, { limitMs: 20_000 });
      expect(heard).toEqual(others);
      expect(aborted.size).toBe(3);
      expect(bridge.health().toRouter).toMatchObject({ dropped: 1, waiting: 0, inFlight: 0 });
      const refused = results.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []));
      expect(refused).toEqual(qos === 1 ? [fatal] : []);
    },
    60_000,
  );
});
