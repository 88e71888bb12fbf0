import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { numbers } from '../compliance/links/links-bench.ts';
import { seededRandom } from '../random/seeded-random.ts';
import { playground, sendNumbers } from '../../test/playground.ts';

const weather = fc.record({
  seed: fc.nat(),
  latency: fc.integer({ min: 0, max: 200 }),
  spread: fc.integer({ min: 0, max: 200 }),
  loss: fc.double({ min: 0, max: 0.6, noNaN: true }),
  bandwidth: fc.constantFrom(50, 1_000, Infinity),
});

/** Sends so many frames of a size, waits, and changes what the network lets through. */
const step = fc.record({
  frames: fc.integer({ min: 0, max: 20 }),
  size: fc.integer({ min: 4, max: 3_000 }),
  waitMs: fc.integer({ min: 0, max: 700 }),
  fault: fc.constantFrom('none', 'partition', 'one way', 'heal', 'pause', 'resume'),
});

describe('a link of a memory network', () => {
  it('delivers every frame once and in order, whatever the weather, as long as it lives', async () => {
    await fc.assert(
      fc.asyncProperty(
        weather,
        fc.array(step, { maxLength: 15 }),
        async ({ seed, latency, spread, loss, bandwidth }, steps) => {
          const { clock, network, a, b, ab, received, closes } = await playground({
            latencyMs: { min: latency, max: latency + spread },
            loss,
            bandwidth,
            random: seededRandom(seed),
            silenceMs: 1e9,
          });
          let sent = 0;
          let paused = false;
          for (const { frames, size, waitMs, fault } of steps) {
            sendNumbers(ab, sent, sent + frames, size);
            sent += frames;
            if (fault === 'partition') network.partition(a.self, b.self);
            if (fault === 'one way') network.partition(b.self, a.self, { oneWay: true });
            if (fault === 'heal') network.heal();
            if (fault === 'pause' && !paused) network.pause(b.self);
            if (fault === 'resume' && paused) network.resume(b.self);
            if (fault === 'pause' || fault === 'resume') paused = fault === 'pause';
            await clock.advance(waitMs);
            expect(received).toEqual(numbers(received.length));
          }
          network.heal();
          if (paused) network.resume(b.self);
          await clock.runUntil(() => received.length >= sent, { limitMs: 1e8 });
          expect(received).toEqual(numbers(sent));
          expect(closes).toEqual([]);
          await clock.complete(network.stop());
          await clock.runAll({ limitMs: 1e8 });
          expect(clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
