import { strictEqual } from 'node:assert/strict';
import type { BenchOfTest } from '../links-compliance.ts';
import type { TestApi } from '../test-api.ts';
import { numberOf, testKinds } from './links-bench.ts';

/** Unreliable frames. */
export function datagramCompliance({ describe, it }: TestApi, bench: BenchOfTest): void {
  describe('datagrams', () => {
    it('reach the handler of their kind, with their link', async () => {
      const { b, ab, ba } = await bench().linked();
      const received: number[] = [];
      b.handle(testKinds.control, (link, frame) => {
        if (link === ba) received.push(numberOf(frame));
      });
      // Any single one may be lost.
      await bench().eventually(() => {
        if (received.length === 0) ab.sendDatagram(bench().frames.frame(testKinds.control, 7, 900));
        return received.length > 0;
      });
      strictEqual(received[0], 7);
    });

    it('are refused when they fit into no packet', async () => {
      const { ab } = await bench().linked();
      strictEqual(ab.sendDatagram(bench().frames.frame(testKinds.control, 0, 70_000)), false);
      strictEqual(ab.state, 'open');
    });

    it('are refused on a link that is not open', async () => {
      const { ab } = await bench().linked();
      await bench().complete(ab.close());
      strictEqual(ab.sendDatagram(bench().frames.frame(testKinds.control, 0)), false);
    });
  });
}
