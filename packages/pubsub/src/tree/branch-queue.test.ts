import { describe, expect, it } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import { RecordingMetrics } from '../../test/recording-metrics.ts';
import { resolveLimits } from '../options.ts';
import { Tally } from '../tally.ts';
import { BranchQueue } from './branch-queue.ts';
import type { KeptTreeEvent } from './tree-event.ts';

const outboxEvents = 8;

function queue() {
  const metrics = new RecordingMetrics();
  const limits = resolveLimits({ realm: 'org.example', outboxEvents, unacknowledgedEvents: 4 });
  return { metrics, queue: new BranchQueue(limits, new Tally(virtualClock(), metrics)) };
}

function event(sequence: number, qos: 0 | 1 = 0, expiresInMs = 0): KeptTreeEvent {
  const bytes = new Uint8Array(4);
  return { kind: 1, bytes, start: 0, end: 4, size: 100, keptAt: 0, sequence, qos, expiresInMs };
}

function sequencesOf(of: BranchQueue, now = 0): number[] {
  const sent: number[] = [];
  of.flush(now, (frame) => sent.push((frame as KeptTreeEvent).sequence) > 0);
  return sent;
}

describe('what waits for a child in a tree', () => {
  it('is in order; the oldest plain events give way, others do not', () => {
    const { queue: waiting, metrics } = queue();
    waiting.push(event(1, 1));
    for (let i = 2; i <= 1_000; i++) waiting.push(event(i));
    waiting.push(event(1_001, 1));
    expect(metrics.value('dropped', 'overflow')).toBe(999 - outboxEvents);
    expect(waiting.bytes).toBe((outboxEvents + 2) * 100);
    expect(sequencesOf(waiting)).toEqual([1, 993, 994, 995, 996, 997, 998, 999, 1_000, 1_001]);
    expect(waiting.bytes).toBe(0);
    expect(waiting.length).toBe(0);
  });

  it('costs little for what has given way, however long the link takes nothing', () => {
    const { queue: waiting } = queue();
    waiting.push(event(0, 1));
    for (let i = 1; i <= 100_000; i++) {
      waiting.push(event(i));
      expect(waiting.length).toBeLessThanOrEqual(64 + 2 * outboxEvents);
    }
  });

  it('goes on where the link has stopped', () => {
    const { queue: waiting } = queue();
    for (let i = 1; i <= 6; i++) waiting.push(event(i, i % 2 === 0 ? 1 : 0));
    const sent: number[] = [];
    waiting.flush(0, (frame) => {
      if (sent.length === 3) return false;
      return sent.push((frame as KeptTreeEvent).sequence) > 0;
    });
    expect(sent).toEqual([1, 2, 3]);
    for (let i = 7; i <= 20; i++) waiting.push(event(i));
    expect(sequencesOf(waiting)).toEqual([4, 6, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('does not go when its time is over', () => {
    const { queue: waiting, metrics } = queue();
    waiting.push(event(1, 0, 50));
    waiting.push(event(2, 1, 50));
    waiting.push(event(3, 0, 150));
    expect(sequencesOf(waiting, 100)).toEqual([3]);
    expect(metrics.value('dropped', 'expired')).toBe(2);
    expect(waiting.bytes).toBe(0);
  });

  it('has no room for more acknowledged events than may be on their way', () => {
    const { queue: waiting } = queue();
    for (let i = 1; i <= 4; i++) expect(waiting.push(event(i, 1))).toBe(true);
    expect(waiting.push(event(5, 1))).toBe(false);
    waiting.clear();
    expect(waiting.push(event(6, 1))).toBe(true);
    expect(waiting.full).toBe(false);
  });
});
