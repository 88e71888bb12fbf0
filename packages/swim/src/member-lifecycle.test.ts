import { describe, expect, it } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import { changeOf, type LifecycleState, startLifecycle } from './member-lifecycle.ts';

function lifecycle() {
  const clock = virtualClock();
  const moves: string[] = [];
  const chart = startLifecycle(clock, { suspicionMs: 8_000, forgetMs: 600_000 }, (from, to) =>
    moves.push(`${from}>${to}`),
  );
  return { clock, moves, chart };
}

describe('the life of a member', () => {
  it('begins as a candidate and becomes alive when it is met', () => {
    const { chart, moves } = lifecycle();
    expect(chart.state).toBe('candidate');
    chart.send('met');
    expect(moves).toEqual(['candidate>alive']);
    chart.stop();
  });

  it('suspects a member without a link, and fails it when the suspicion has lasted', async () => {
    const { chart, clock } = lifecycle();
    chart.send('met');
    chart.send('lost');
    await clock.advance(7_999);
    expect(chart.state).toBe('suspect');
    await clock.advance(1);
    expect(chart.state).toBe('failed');
    chart.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('recovers a suspect that is met again, and starts the next suspicion afresh', async () => {
    const { chart, clock } = lifecycle();
    chart.send('met');
    chart.send('lost');
    await clock.advance(7_000);
    chart.send('met');
    chart.send('lost');
    await clock.advance(7_000);
    expect(chart.state).toBe('suspect');
    chart.stop();
  });

  it('forgets candidates, failed and left members in the end', async () => {
    for (const events of [[], ['met', 'lost'], ['met', 'left']] as const) {
      const { chart, clock } = lifecycle();
      for (const event of events) chart.send(event);
      await clock.advance(608_000);
      expect(chart.state).toBe('forgotten');
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('keeps a candidate that is still talked of', async () => {
    const { chart, clock } = lifecycle();
    await clock.advance(599_000);
    chart.send('told');
    await clock.advance(599_000);
    expect(chart.state).toBe('candidate');
    chart.stop();
  });

  it('is not moved out of alive by hearsay', () => {
    const { chart, moves } = lifecycle();
    chart.send('met');
    chart.send('told');
    expect(moves).toEqual(['candidate>alive']);
    chart.stop();
  });

  it('does not take the end of the link for trouble after a goodbye', () => {
    const { chart } = lifecycle();
    chart.send('met');
    chart.send('left');
    chart.send('lost');
    expect(chart.state).toBe('left');
    chart.stop();
  });
});

describe('changeOf', () => {
  it.each<[LifecycleState, LifecycleState, string | undefined]>([
    ['candidate', 'alive', 'joined'],
    ['failed', 'alive', 'joined'],
    ['left', 'alive', 'joined'],
    ['suspect', 'alive', 'recovered'],
    ['alive', 'suspect', 'suspected'],
    ['suspect', 'failed', 'failed'],
    ['alive', 'left', 'left'],
    ['suspect', 'left', 'left'],
    ['failed', 'left', undefined],
    ['failed', 'forgotten', undefined],
    ['left', 'candidate', undefined],
  ])('reports %s > %s as %s', (from, to, change) => {
    expect(changeOf(from, to)).toBe(change);
  });
});
