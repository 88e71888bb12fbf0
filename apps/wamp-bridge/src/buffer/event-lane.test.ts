import { describe, expect, test } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import { type BufferLimits, EventLane } from './event-lane.ts';
import { Suspects } from './suspects.ts';

class Away extends Error {}

function laneWith(
  limits: Partial<BufferLimits> = {},
  suspects?: Suspects,
): {
  clock: ReturnType<typeof virtualClock>;
  lane: EventLane;
  sent: number[];
  outcomes: string[];
  answers: { resolve: () => void; reject: (error: Error) => void }[];
  push: (value: number) => void;
} {
  const clock = virtualClock();
  const sent: number[] = [];
  const outcomes: string[] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const lane = new EventLane(
    {
      clock,
      send: ({ args }) => {
        sent.push(Number(args[0]));
        return new Promise((resolve, reject) => answers.push({ resolve, reject }));
      },
      isAway: (error) => error instanceof Away,
      onCrossed: ({ args }) => outcomes.push(`${Number(args[0])} crossed`),
      onDropped: ({ args }, reason) => outcomes.push(`${Number(args[0])} ${reason}`),
      ...(suspects && { suspects }),
    },
    { events: 3, bytes: 10_000, maxAgeMs: 1_000, overflow: 'drop-oldest', ...limits },
  );
  const push = (value: number): void => {
    const event = { topic: 'a.b', args: [value], kwargs: {}, qos: 1 as const };
    lane.push({ event, since: clock.now(), resolve: () => undefined, reject: () => undefined });
  };
  return { clock, lane, sent, outcomes, answers, push };
}

describe('a lane', () => {
  test('keeps events while it is closed, and sends them in order when it opens', async () => {
    const { lane, sent, push, clock } = laneWith();
    push(1);
    push(2);
    expect([sent, lane.counts.waiting]).toEqual([[], 2]);
    lane.open();
    push(3);
    await clock.advance(0);
    expect([sent, lane.counts]).toEqual([[1, 2, 3], { waiting: 0, bytes: 0, inFlight: 3 }]);
  });

  test('sends again, in order, what was not acknowledged when the other side went away', async () => {
    const { lane, sent, push, answers, outcomes, clock } = laneWith();
    lane.open();
    for (const value of [1, 2, 3]) push(value);
    answers[1]?.resolve();
    await clock.advance(0);
    answers[0]?.reject(new Away());
    answers[2]?.reject(new Away());
    await clock.advance(0);
    expect([lane.isOpen, lane.counts.waiting]).toEqual([false, 2]);
    push(4);
    lane.open();
    expect(sent).toEqual([1, 2, 3, 1, 3, 4]);
    for (const { resolve } of answers) resolve();
    await clock.advance(0);
    expect(outcomes.sort()).toEqual(['1 crossed', '2 crossed', '3 crossed', '4 crossed']);
  });

  test.each([
    ['drop-oldest', ['1 overflow', '2 overflow'], [3, 4, 5]],
    ['drop-newest', ['4 overflow', '5 overflow'], [1, 2, 3]],
  ] as const)('holds no more than it may: %s', (overflow, dropped, kept) => {
    const { lane, sent, push, outcomes } = laneWith({ overflow });
    for (const value of [1, 2, 3, 4, 5]) push(value);
    lane.open();
    expect([outcomes, sent]).toEqual([dropped, kept]);
  });

  test('does not grow while events come and go in front of a closed door', () => {
    const { lane, push, outcomes } = laneWith();
    for (let i = 0; i < 50_000; i++) push(i);
    expect(lane.counts.waiting).toBe(3);
    expect(outcomes).toHaveLength(49_997);
  });

  test('counts bytes, and gives up what has grown old', async () => {
    const { lane, push, outcomes, clock } = laneWith({ events: 100, bytes: 60 });
    lane.open();
    lane.close();
    for (const value of [1, 2, 3, 4, 5, 6]) push(value);
    expect(lane.counts.bytes).toBeLessThanOrEqual(60);
    outcomes.length = 0;
    await clock.advance(1_500);
    expect(lane.counts).toEqual({ waiting: 0, bytes: 0, inFlight: 0 });
    expect(outcomes.every((text) => text.endsWith('age'))).toBe(true);
    lane.stop();
  });

  test('goes on after an event that the other side refuses', async () => {
    const { lane, push, answers, outcomes, clock } = laneWith();
    lane.open();
    push(1);
    push(2);
    answers[0]?.reject(new Error('not authorized'));
    answers[1]?.resolve();
    await clock.advance(0);
    expect(outcomes).toEqual(['1 refused', '2 crossed']);
    lane.stop();
    push(3);
    expect(lane.counts.waiting).toBe(0);
  });

  test('hands what waits to whoever takes over', () => {
    const { lane, push, sent } = laneWith();
    push(1);
    push(2);
    expect(lane.takeWaiting(() => true).map(({ event }) => event.args[0])).toEqual([1, 2]);
    lane.open();
    expect([sent, lane.counts.waiting]).toEqual([[], 0]);
  });

  test('gives up the one event over which the other side goes away, and no other', async () => {
    const { lane, push, sent, answers, outcomes, clock } = laneWith({ events: 10 }, new Suspects());
    const leave = async (): Promise<void> => {
      for (const { reject } of answers.splice(0)) reject(new Away());
      await clock.advance(0);
      expect(lane.isOpen).toBe(false);
    };
    for (const value of [1, 2, 3, 4]) push(value);
    lane.open();
    await leave();
    lane.open();
    await leave();
    expect(sent).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);

    sent.length = 0;
    lane.open();
    expect(sent).toEqual([1]);
    answers.pop()?.resolve();
    await clock.advance(0);
    expect(sent).toEqual([1, 2]);
    await leave();
    expect(outcomes).toEqual(['1 crossed', '2 fatal']);

    lane.open();
    push(5);
    push(6);
    for (let i = 0; i < 4; i++) {
      for (const { resolve } of answers.splice(0)) resolve();
      await clock.advance(0);
    }
    expect(sent).toEqual([1, 2, 3, 4, 5, 6]);
    expect(outcomes.slice(2)).toEqual(['3 crossed', '4 crossed', '5 crossed', '6 crossed']);
    expect(lane.counts).toEqual({ waiting: 0, bytes: 0, inFlight: 0 });
  });

  test('without suspects sends again however often the other side goes away', async () => {
    const { lane, push, answers, outcomes, clock } = laneWith();
    push(1);
    for (let i = 0; i < 5; i++) {
      lane.open();
      answers.pop()?.reject(new Away());
      await clock.advance(0);
    }
    expect([lane.counts.waiting, outcomes]).toEqual([1, []]);
    lane.stop();
  });
});
