import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { LinkCloseCode, trafficClasses } from '@macula/core';
import type { BenchOfTest } from '../links-compliance.ts';
import type { TestApi } from '../test-api.ts';
import { fill, numberOf, numbers, testKinds, unhandledKind, watchClose } from './links-bench.ts';

/** Frames on the shared streams, and their handlers. */
export function frameCompliance({ describe, it }: TestApi, bench: BenchOfTest): void {
  describe('frames', () => {
    it('arrive in order, exactly once, in every class and of every size', async () => {
      const { a, b, ab, ba } = await bench().linked();
      const count = 1_500;
      const sizeOf = (i: number): number => (i % 100 === 99 ? 60_000 : (i * 37) % 2_000);
      const received = trafficClasses.flatMap((trafficClass) => [
        bench().collect(a, testKinds[trafficClass]),
        bench().collect(b, testKinds[trafficClass]),
      ]);
      await bench().complete(
        Promise.all(
          trafficClasses.flatMap((trafficClass) => [
            bench().sendAll(ab, testKinds[trafficClass], count, sizeOf),
            bench().sendAll(ba, testKinds[trafficClass], count, sizeOf),
          ]),
        ),
      );
      await bench().eventually(() => received.every(({ length }) => length >= count));
      for (const sequence of received) deepStrictEqual(sequence, numbers(count));
    });

    it('are copied by send, so that the sender may use its buffer again', async () => {
      const { b, ab } = await bench().linked();
      const received = bench().collect(b, testKinds.events);
      for (const number of numbers(50)) {
        const frame = bench().frames.frame(testKinds.events, number, 500);
        ab.send(frame);
        frame.bytes.fill(0xff);
      }
      await bench().eventually(() => received.length >= 50);
      deepStrictEqual(received, numbers(50));
    });

    it('may be empty, or as long as the limit allows', async () => {
      const { b, ab } = await bench().linked();
      const received = bench().collect(b, testKinds.calls);
      for (const [number, size] of [4, 900_000, 4].entries()) {
        ab.send(bench().frames.frame(testKinds.calls, number, size));
      }
      await bench().eventually(() => received.length >= 3);
      deepStrictEqual(received, numbers(3));
    });

    it('come with the link that they arrived on', async () => {
      const { a, b, ab, ba } = await bench().linked();
      const links: unknown[] = [];
      b.handle(testKinds.control, (link) => {
        links.push(link);
        link.send(bench().frames.frame(testKinds.control, 1));
      });
      a.handle(testKinds.control, (link) => links.push(link));
      ab.send(bench().frames.frame(testKinds.control, 0));
      await bench().eventually(() => links.length >= 2);
      strictEqual(links[0], ba);
      strictEqual(links[1], ab);
    });

    it('of kinds that nobody handles are skipped', async () => {
      const { b, ab } = await bench().linked();
      const received = bench().collect(b, testKinds.control);
      ab.send(bench().frames.frame(unhandledKind, 1, 5_000));
      ab.send(bench().frames.frame(testKinds.control, 2));
      await bench().eventually(() => received.length > 0);
      deepStrictEqual(received, [2]);
      strictEqual(ab.state, 'open');
    });

    it('of a class whose queue is full do not hold up another class', async () => {
      const { b, ab } = await bench().linked();
      const seen: string[] = [];
      let events = 0;
      b.handle(testKinds.events, () => void events++);
      b.handle(testKinds.control, () => seen.push(`control after ${events}`));
      const sent = fill((number) =>
        ab.send(bench().frames.frame(testKinds.events, number, 30_000)),
      );
      strictEqual(ab.send(bench().frames.frame(testKinds.control, 0)), true);
      await bench().eventually(() => seen.length > 0 && events === sent);
      strictEqual(seen.length, 1);
      strictEqual(seen[0] !== `control after ${sent}`, true, 'the control frame came last');
    });

    it('go to one handler per kind, which can be replaced', async () => {
      const { b, ab } = await bench().linked();
      const seen: string[] = [];
      const unsubscribe = b.handle(testKinds.control, () => seen.push('first'));
      throws(() => b.handle(testKinds.control, () => seen.push('second')));
      ab.send(bench().frames.frame(testKinds.control, 0));
      await bench().eventually(() => seen.length === 1);
      unsubscribe();
      const remove = b.handle(testKinds.control, () => seen.push('third'));
      unsubscribe();
      ab.send(bench().frames.frame(testKinds.control, 0));
      await bench().eventually(() => seen.length === 2);
      deepStrictEqual(seen, ['first', 'third']);
      remove();
    });

    it('whose handler throws close that link with protocolViolation and harm nothing else', async () => {
      const { a, b, ab, ba } = await bench().linked();
      const c = await bench().node();
      const [cb, bc] = await bench().link(c, b);
      const received: number[] = [];
      b.handle(testKinds.events, (_link, frame) => {
        const number = numberOf(frame);
        if (number === 1) throw new Error('cannot be handled');
        received.push(number);
      });
      const closes = [watchClose(ab), watchClose(ba)];
      for (const number of numbers(3)) ab.send(bench().frames.frame(testKinds.events, number));
      await bench().eventually(() => closes.every(({ reasons }) => reasons.length > 0));
      deepStrictEqual(
        closes.map(({ reasons }) => reasons.map(({ code, remote }) => ({ code, remote }))),
        [
          [{ code: LinkCloseCode.protocolViolation, remote: true }],
          [{ code: LinkCloseCode.protocolViolation, remote: false }],
        ],
      );
      deepStrictEqual([cb.state, bc.state], ['open', 'open']);
      cb.send(bench().frames.frame(testKinds.events, 5));
      await bench().eventually(() => received.includes(5));
      const [again] = await bench().link(a, b);
      again.send(bench().frames.frame(testKinds.events, 6));
      await bench().eventually(() => received.includes(6));
      deepStrictEqual(received, [0, 5, 6]);
    });
  });
}
