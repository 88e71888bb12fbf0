import { describe, expect, it } from '@jest/globals';
import { TimeoutError } from '@macula/core';
import fc from 'fast-check';
import {
  impatient,
  type Patience,
  patient,
  Scenario,
  type Seen,
  type Step,
  step,
  stepOrCrash,
  subscribers,
} from '../test/scenario.ts';
import { UndeliveredError } from './index.ts';

/** Runs random steps, hands the outcome to `check`, and sees that nothing is left behind. */
async function whateverHappens(
  patience: Patience,
  steps: fc.Arbitrary<Step>,
  check: (scenario: Scenario) => void,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.constantFrom(0, 0.05, 0.3),
      fc.array(steps, { minLength: 5, maxLength: 40 }),
      async (seed, loss, schedule) => {
        const scenario = new Scenario(seed, loss, patience);
        await scenario.start();
        await scenario.run(schedule);
        checkOrder(scenario);
        check(scenario);
        await scenario.mesh.stop();
        expect(scenario.mesh.network.failures).toEqual([]);
        expect(scenario.mesh.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
}

/** Nothing comes twice or out of order, and every sequence has either come or been reported as missing. */
function checkOrder({ seen, published, cutShort }: Scenario): void {
  for (const bySubscriber of seen) {
    for (const [publisher, { sequences, gaps }] of bySubscriber.entries()) {
      const arrived = new Set(sequences);
      expect(sequences).toEqual([...arrived].sort((a, b) => a - b));
      const missing: number[] = [];
      for (const { from, to } of gaps) {
        for (let sequence = from; sequence <= to; sequence++) missing.push(sequence);
      }
      const last = Math.max(0, ...sequences, ...gaps.map(({ to }) => to));
      expect(last).toBeLessThanOrEqual(published[publisher]?.length ?? 0);
      // Of an event that found no room a subscriber is told at once, before those that wait for its handler.
      const told = cutShort.has(bySubscriber) ? Math.max(0, ...sequences) : last;
      // A node that was started again begins where it came back.
      const known = [...missing.filter((sequence) => sequence <= told), ...sequences].sort(
        (a, b) => a - b,
      );
      const first = known[0] ?? 1;
      expect(known).toEqual(Array.from({ length: known.length }, (_, i) => first + i));
    }
  }
}

describe('whatever links, nodes and the network do', () => {
  it('events come in order and once, every gap is reported, and acknowledged events all come', async () => {
    await whateverHappens(patient, step, ({ seen, published, acknowledged, failures }) => {
      expect(failures).toEqual([]);
      expectFromTheStart(seen);
      for (const bySubscriber of seen) {
        for (const [publisher, { sequences, values }] of bySubscriber.entries()) {
          const all = published[publisher] ?? [];
          expect(values).toEqual(sequences.map((sequence) => all[sequence - 1]));
          const wanted = all.filter((value) => acknowledged[publisher]?.includes(value));
          expect(values.filter((value) => wanted.includes(value))).toEqual(wanted);
        }
      }
    });
  }, 60_000);

  it('the same holds where publishers do not wait, and who is told that an event was acknowledged can rely on it', async () => {
    await whateverHappens(impatient, step, ({ seen, published, acknowledged, failures }) => {
      for (const failure of failures) {
        expect([TimeoutError, UndeliveredError]).toContain((failure as Error).constructor);
      }
      expectFromTheStart(seen);
      for (const bySubscriber of seen) {
        for (const [publisher, { values }] of bySubscriber.entries()) {
          const all = published[publisher] ?? [];
          const wanted = all.filter((value) => acknowledged[publisher]?.includes(value));
          expect(values.filter((value) => wanted.includes(value))).toEqual(wanted);
        }
      }
    });
  }, 60_000);

  it('subscribers that die fail an event at most, and nobody else notices', async () => {
    await whateverHappens(patient, stepOrCrash, ({ seen, published, acknowledged, failures }) => {
      for (const failure of failures) expect(failure).toBeInstanceOf(UndeliveredError);
      // The last of the first three lives never ends.
      for (const [publisher, { values }] of (seen[subscribers - 1] ?? []).entries()) {
        const wanted = published[publisher]?.filter((value) =>
          acknowledged[publisher]?.includes(value),
        );
        expect(values.filter((value) => wanted?.includes(value))).toEqual(wanted);
      }
    });
  }, 60_000);
});

/** Where nobody died everybody knows what became of the first event. */
function expectFromTheStart(seen: Seen[][]): void {
  for (const { sequences, gaps } of seen.flat()) {
    const first = [...sequences, ...gaps.map(({ from }) => from)];
    expect(Math.min(...first, Infinity)).toBe(first.length === 0 ? Infinity : 1);
  }
}
