import { describe, expect, it } from '@jest/globals';
import { virtualClock } from '../clock/virtual-clock.ts';
import { NumberedFrames, numbers } from '../compliance/links/links-bench.ts';
import { seededRandom } from '../random/seeded-random.ts';
import { eventKind } from '../../test/playground.ts';
import { memoryNetwork } from './memory-network.ts';

describe('a simulation', () => {
  /** A rumour runs through a ring of nodes with shortcuts, in bad weather and with crashes. */
  async function rumour(seed: number, count: number): Promise<string[]> {
    const clock = virtualClock();
    const random = seededRandom(seed);
    const network = memoryNetwork({
      clock,
      random,
      omniscient: true,
      latencyMs: { min: 5, max: 50 },
      loss: 0.05,
    });
    const trace: string[] = [];
    const nodes = numbers(count).map(() => network.node());
    const frames = new NumberedFrames();
    for (const [at, node] of nodes.entries()) {
      let heard = false;
      node.handle(eventKind, () => {
        if (heard) return;
        heard = true;
        trace.push(`${at}@${clock.now()}`);
        for (const link of node.all()) link.send(frames.frame(eventKind, 1));
      });
    }
    const dials = nodes.flatMap((node, at) =>
      [1, 17].map((step) => node.link((nodes[(at + step) % count] as typeof node).self)),
    );
    await clock.complete(Promise.allSettled(dials));
    await clock.advance(100);
    for (let i = 0; i < count / 50; i++) {
      network.crash((nodes[1 + i * 50 + random.integer(49)] as (typeof nodes)[0]).self);
    }
    for (const link of (nodes[0] as (typeof nodes)[0]).all()) link.send(frames.frame(eventKind, 1));
    await clock.advance(20_000);
    return trace;
  }

  it('repeats itself exactly for the same seed, and differs for another', async () => {
    const trace = await rumour(1, 100);
    expect(trace.length).toBeGreaterThan(90);
    expect(await rumour(1, 100)).toEqual(trace);
    expect(await rumour(2, 100)).not.toEqual(trace);
  });

  it('of a thousand nodes is cheap', async () => {
    const trace = await rumour(3, 1_000);
    expect(trace.length).toBeGreaterThan(950);
  });
});
