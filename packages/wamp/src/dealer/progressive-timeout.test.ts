import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { virtualClock, type VirtualClock } from '@macula/testkit';
import { RawClient } from '../../test/raw-client.ts';
import { RouterFixture } from '../../test/router-fixture.ts';

const [call, register, yielded] = [48, 64, 70];

describe.each(['the same router', 'another router'])(
  'the timeout of a call whose result comes in parts, with a callee at %s',
  (where) => {
    let clock: VirtualClock;
    let fixture: RouterFixture;
    let caller: RawClient;
    let callee: RawClient;

    beforeEach(async () => {
      clock = virtualClock();
      fixture = new RouterFixture(undefined, clock);
      const { router } = await fixture.router();
      const other = where === 'another router' ? (await fixture.router()).router : router;
      caller = await RawClient.joined(router);
      callee = await RawClient.joined(other);
      await callee.request(register, {}, 'a.count');
    });

    afterEach(() => fixture.stop());

    async function called(): Promise<number> {
      caller.send([call, 1, { receive_progress: true, timeout: 100 }, 'a.count']);
      return (await callee.next('invocation')).request;
    }

    test('counts from one part to the next', async () => {
      const request = await called();
      for (let part = 1; part <= 3; part++) {
        await clock.advance(80);
        callee.send([yielded, request, { progress: true }, [part]]);
        expect(await caller.next('result')).toMatchObject({ args: [part] });
      }
      await clock.advance(80);
      expect(caller.received).toEqual([]);
      await clock.advance(40);
      expect(await caller.next('error')).toMatchObject({ error: 'wamp.error.timeout' });
      expect(await callee.next('interrupt')).toMatchObject({ request });
    });

    test('ends with the call', async () => {
      const request = await called();
      callee.send([yielded, request, { progress: true }, [1]]);
      callee.send([yielded, request, {}, ['done']]);
      await caller.next('result');
      expect(await caller.next('result')).toMatchObject({ args: ['done'] });
      await clock.advance(1_000);
      expect([caller.received, callee.received]).toEqual([[], []]);
    });
  },
);
