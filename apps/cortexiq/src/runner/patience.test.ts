import { describe, expect, it } from '@jest/globals';
import { pause, TimeoutError } from '@macula/core';
import { type VirtualClock, virtualClock } from '@macula/testkit';
import { Patience } from './patience.ts';

const endless = (): AbortSignal => new AbortController().signal;

/** Something that gets on every so many milliseconds, so often, and then is done or stands still. */
async function steps(
  clock: VirtualClock,
  patience: Patience,
  { everyMs, count, then }: { everyMs: number; count: number; then: Promise<string> },
): Promise<string> {
  for (let step = 0; step < count; step++) {
    await pause(clock, everyMs);
    patience.moved();
  }
  return then;
}

describe('patience', () => {
  it('lasts as long as something moves, however long that is', async () => {
    const clock = virtualClock();
    const patience = new Patience(clock, 1_000);
    const work = steps(clock, patience, {
      everyMs: 900,
      count: 50,
      then: Promise.resolve('done'),
    });
    const waited = patience.wait(() => work, { signal: endless(), what: () => 'steps' });
    expect(await clock.complete(waited)).toBe('done');
    expect(clock.now()).toBeGreaterThanOrEqual(45_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends soon after the last movement, tells the work, and says what is missing then', async () => {
    const clock = virtualClock();
    const patience = new Patience(clock, 1_000);
    let missing = 'homes_1, homes_2';
    let told: AbortSignal | undefined;
    const work = (signal: AbortSignal): Promise<string> => {
      told = signal;
      return steps(clock, patience, { everyMs: 600, count: 3, then: new Promise(() => undefined) });
    };
    const waited = patience.wait(work, { signal: endless(), what: () => `${missing} starting` });
    const ended = waited.catch((error: unknown) => error);
    await clock.advance(1_800);
    missing = 'homes_2';
    await clock.advance(999);
    expect(told?.aborted).toBe(false);
    await clock.advance(1);
    expect(told?.aborted).toBe(true);
    expect(await ended).toEqual(new TimeoutError('nothing moves any more: homes_2 starting'));
    expect(clock.pendingTimers).toBe(0);
  });

  it('begins anew with every wait', async () => {
    const clock = virtualClock();
    const patience = new Patience(clock, 1_000);
    await clock.advance(5_000);
    const work = pause(clock, 900).then(() => 'done');
    const waited = patience.wait(() => work, { signal: endless(), what: () => 'a pause' });
    expect(await clock.complete(waited)).toBe('done');
  });

  it('ends when somebody else says so', async () => {
    const clock = virtualClock();
    const patience = new Patience(clock, 1_000);
    const ending = new AbortController();
    const waited = patience.wait(() => new Promise(() => undefined), {
      signal: ending.signal,
      what: () => 'nothing',
    });
    ending.abort();
    await expect(waited).rejects.toMatchObject({ name: 'AbortedError' });
    expect(clock.pendingTimers).toBe(0);
  });
});
