import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import type { Link } from '@macula/core';
import type { BenchOfTest } from '../links-compliance.ts';
import type { TestApi } from '../test-api.ts';
import { fill, numbers, testKinds } from './links-bench.ts';

const frameBytes = 16_000;

/** Bounded send queues. */
export function queueCompliance({ describe, it }: TestApi, bench: BenchOfTest): void {
  const fillQueue = (link: Link, kind: number): number =>
    fill((number) => link.send(bench().frames.frame(kind, number, frameBytes)));

  describe('send queues', () => {
    it('refuse frames when full, take them again after onDrain, and lose none that they took', async () => {
      const { b, ab } = await bench().linked();
      const received = bench().collect(b, testKinds.events);
      let drains = 0;
      ab.onDrain('events', () => drains++);
      const accepted = fillQueue(ab, testKinds.events);
      ok(accepted > 0);
      const waiting = ab.queuedBytes('events');
      ok(waiting > 0 && waiting <= accepted * (frameBytes + 100));
      await bench().eventually(() => drains > 0);
      strictEqual(ab.send(bench().frames.frame(testKinds.events, accepted, frameBytes)), true);
      await bench().eventually(() => received.length > accepted);
      deepStrictEqual(received, numbers(accepted + 1));
      await bench().eventually(() => ab.queuedBytes('events') === 0);
    });

    it('fill up independently of one another', async () => {
      const { b, ab } = await bench().linked();
      const received = bench().collect(b, testKinds.calls);
      bench().collect(b, testKinds.events);
      fillQueue(ab, testKinds.events);
      strictEqual(ab.queuedBytes('calls'), 0);
      strictEqual(ab.send(bench().frames.frame(testKinds.calls, 0)), true);
      strictEqual(ab.send(bench().frames.frame(testKinds.events, 0, frameBytes)), false);
      await bench().eventually(() => received.length === 1);
    });

    it('call no drain listener that was removed, nor one of another class', async () => {
      const { b, ab } = await bench().linked();
      bench().collect(b, testKinds.events);
      const called: string[] = [];
      const unsubscribe = ab.onDrain('events', () => called.push('removed'));
      unsubscribe();
      unsubscribe();
      ab.onDrain('calls', () => called.push('calls'));
      ab.onDrain('events', () => called.push('events'));
      fillQueue(ab, testKinds.events);
      await bench().eventually(() => ab.queuedBytes('events') === 0 && called.length > 0);
      deepStrictEqual([...new Set(called)], ['events']);
    });

    it('stay bounded when filled again and again', async () => {
      const { b, ab } = await bench().linked();
      const received = bench().collect(b, testKinds.events);
      let sent = 0;
      let most = 0;
      const refill = (): void => {
        while (sent < 4_000 && ab.send(bench().frames.frame(testKinds.events, sent, 2_000))) {
          sent++;
        }
        most = Math.max(most, ab.queuedBytes('events'));
      };
      ab.onDrain('events', refill);
      refill();
      const first = most;
      await bench().eventually(() => received.length >= 4_000);
      deepStrictEqual(received, numbers(4_000));
      ok(most <= first * 2 + 100_000, `${most} bytes waited, ${first} the first time`);
    });
  });
}
