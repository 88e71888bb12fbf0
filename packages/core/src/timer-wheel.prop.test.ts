import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from '../test/fake-clock.ts';
import { type Timer, TimerWheel } from './index.ts';

interface Scheduled {
  readonly timer: Timer;
  readonly due: number;
  cancelled: boolean;
  readonly firedAt: number[];
}

/** Times with fractions are rounded. */
const roundingMs = 1e-6;

const resolutions = fc.oneof(
  fc.integer({ min: 1, max: 25 }),
  fc.double({ min: 0.3, max: 20, noNaN: true }),
);

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('schedule' as const), ms: fc.oneof(fc.nat(50), fc.nat(20_000)) }),
    fc.record({ do: fc.constant('cancel' as const), pick: fc.nat() }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.oneof(fc.nat(30), fc.nat(8_000)) }),
  ),
  { maxLength: 60 },
);

describe('a timer wheel', () => {
  test('fires everything that was not cancelled, once, in its time', () => {
    fc.assert(
      fc.property(steps, resolutions, fc.nat(1000), (steps, resolutionMs, tenths) => {
        const clock = new FakeClock();
        clock.advance(tenths / 10);
        const wheel = new TimerWheel(clock, { resolutionMs });
        const all: Scheduled[] = [];
        for (const step of steps) {
          if (step.do === 'advance') clock.advance(step.ms);
          else if (step.do === 'schedule') {
            const firedAt: number[] = [];
            const timer = wheel.schedule(() => firedAt.push(clock.now()), step.ms);
            all.push({ timer, due: clock.now() + step.ms, cancelled: false, firedAt });
          } else {
            const picked = all[step.pick % all.length];
            if (picked === undefined || picked.firedAt.length > 0) continue;
            picked.timer.cancel();
            picked.cancelled = true;
          }
        }
        clock.advance(30_000);
        for (const { due, cancelled, firedAt } of all) {
          expect(firedAt).toHaveLength(cancelled ? 0 : 1);
          for (const at of firedAt) {
            expect(at).toBeGreaterThanOrEqual(due - roundingMs);
            expect(at).toBeLessThan(due + resolutionMs + roundingMs);
          }
        }
        expect(clock.pendingTimers).toBe(0);
      }),
    );
  });
});
