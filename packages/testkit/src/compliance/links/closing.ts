import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { LinkCloseCode, type LinkCloseReason, MaculaError, trafficClasses } from '@macula/core';
import type { BenchOfTest } from '../links-compliance.ts';
import type { TestApi } from '../test-api.ts';
import { assertError, numbers, testKinds, watchClose } from './links-bench.ts';

/** How links and nodes end. */
export function closingCompliance({ describe, it }: TestApi, bench: BenchOfTest): void {
  describe('closing', () => {
    it('tells both sides the reason, once, and whose it was', async () => {
      for (const closer of ['ab', 'ba'] as const) {
        const pair = await bench().linked();
        const closes = { ab: watchClose(pair.ab), ba: watchClose(pair.ba) };
        await bench().complete(pair[closer].close(LinkCloseCode.overloaded, 'too much'));
        strictEqual(pair[closer].state, 'closed');
        const { reasons } = closes[closer === 'ab' ? 'ba' : 'ab'];
        await bench().eventually(() => reasons.length > 0);
        const reason = { code: LinkCloseCode.overloaded, message: 'too much' };
        deepStrictEqual(closes[closer].reasons, [{ ...reason, remote: false }]);
        deepStrictEqual(reasons, [{ ...reason, remote: true }]);
        deepStrictEqual([pair.ab.state, pair.ba.state], ['closed', 'closed']);
        deepStrictEqual([pair.a.get(pair.b.self), pair.b.get(pair.a.self)], [undefined, undefined]);
        deepStrictEqual([[...pair.a.all()], [...pair.b.all()]], [[], []]);
      }
    });

    it('delivers what was queued in every class first', async () => {
      const { b, ab, ba } = await bench().linked();
      const received = trafficClasses.map((name) => bench().collect(b, testKinds[name]));
      let atClose: number[][] = [];
      ba.onClose(() => {
        atClose = received.map((sequence) => [...sequence]);
      });
      for (const number of numbers(200)) {
        for (const name of trafficClasses) {
          ok(ab.send(bench().frames.frame(testKinds[name], number, 500)));
        }
      }
      const closing = ab.close();
      strictEqual(ab.send(bench().frames.frame(testKinds.control, 200)), false);
      await bench().complete(closing);
      await bench().eventually(() => atClose.length > 0);
      deepStrictEqual(atClose, [numbers(200), numbers(200), numbers(200)]);
    });

    it('may be asked for several times, and from both sides at once', async () => {
      const { ab, ba } = await bench().linked();
      const closes = [watchClose(ab), watchClose(ba)];
      await bench().complete(Promise.all([ab.close(), ba.close(), ab.close()]));
      await bench().complete(ab.close());
      await bench().eventually(() => ab.state === 'closed' && ba.state === 'closed');
      deepStrictEqual(
        closes.map(({ reasons }) => reasons.length),
        [1, 1],
      );
    });

    it('is reported at once to listeners that come later, and not to removed ones', async () => {
      const { ab } = await bench().linked();
      let removed = 0;
      ab.onClose(() => removed++)();
      await bench().complete(ab.close(LinkCloseCode.idle));
      const late: LinkCloseReason[] = [];
      ab.onClose((reason) => late.push(reason));
      deepStrictEqual(
        late.map(({ code }) => code),
        [LinkCloseCode.idle],
      );
      strictEqual(removed, 0);
    });

    it('refuses frames on a closed link', async () => {
      const { ab, ba } = await bench().linked();
      await bench().complete(ab.close());
      await bench().eventually(() => ba.state === 'closed');
      for (const link of [ab, ba]) {
        for (const name of trafficClasses) {
          strictEqual(link.send(bench().frames.frame(testKinds[name], 0)), false);
        }
      }
    });

    it('of a node closes all its links with shutdown and stops it for good', async () => {
      const { a, b, ab, ba } = await bench().linked();
      const c = await bench().node();
      const [, bc] = await bench().link(c, b);
      const closes = [ab, bc].map(watchClose);
      const stopping = b.stop();
      strictEqual(b.stop(), stopping);
      await bench().complete(stopping);
      await bench().eventually(() => ab.state === 'closed');
      strictEqual(ba.state, 'closed');
      strictEqual(bc.state, 'closed');
      deepStrictEqual(
        closes.map(({ reasons }) => reasons.map(({ code, remote }) => ({ code, remote }))),
        [
          [{ code: LinkCloseCode.shutdown, remote: true }],
          [{ code: LinkCloseCode.shutdown, remote: false }],
        ],
      );
      deepStrictEqual([...b.all()], []);
      assertError(await bench().failure(b.link(a.self)), MaculaError);
      const [address] = a.localAddresses;
      ok(address !== undefined);
      assertError(await bench().failure(b.dial(address)), MaculaError);
      // The others go on.
      const [ac] = await bench().link(a, c);
      strictEqual(ac.state, 'open');
    });
  });
}
