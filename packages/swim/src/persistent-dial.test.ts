import { describe, expect, it } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import { DialGate } from './dial-gate.ts';
import { PersistentDial } from './persistent-dial.ts';

function setup(failures: number) {
  const clock = virtualClock();
  const attempts: number[] = [];
  const signals: AbortSignal[] = [];
  const dial = new PersistentDial(
    { clock, gate: new DialGate(1) },
    {
      attempt: async (signal) => {
        attempts.push(clock.now());
        signals.push(signal);
        if (attempts.length <= failures) throw new Error('refused');
      },
      delayMs: (attempt) => 100 * 2 ** attempt,
    },
  );
  return { clock, attempts, signals, dial };
}

describe('PersistentDial', () => {
  it('tries again after growing delays until it succeeds', async () => {
    const { clock, attempts, dial } = setup(3);
    dial.run();
    await clock.advance(10_000);
    expect(attempts).toEqual([100, 300, 700, 1_500]);
    expect(dial.running).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not run twice', async () => {
    const { clock, attempts, dial } = setup(0);
    dial.run();
    dial.run();
    await clock.advance(10_000);
    expect(attempts).toEqual([100]);
  });

  it('begins with the shortest delay when restarted', async () => {
    const { clock, attempts, dial } = setup(10);
    dial.run();
    await clock.advance(1_600);
    dial.restart();
    await clock.advance(100);
    expect(attempts).toEqual([100, 300, 700, 1_500, 1_700]);
    dial.stop();
  });

  it('stops: no further attempt, the one under way is told', async () => {
    const clock = virtualClock();
    let seen: AbortSignal | undefined;
    const dial = new PersistentDial(
      { clock, gate: new DialGate(1) },
      {
        attempt: (signal) =>
          new Promise((_, reject) => {
            seen = signal;
            signal.addEventListener('abort', () => reject(new Error('aborted')));
          }),
        delayMs: () => 10,
      },
    );
    dial.run();
    await clock.advance(10);
    dial.stop();
    await clock.advance(1_000);
    expect(seen?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    expect(dial.running).toBe(false);
  });
});
