import { describe, expect, it } from '@jest/globals';
import { seededRandom, virtualClock } from '@macula/testkit';
import { DeadlineList, Expiring } from './deadline-list.ts';

class Entry extends Expiring {
  expiredAt: number | undefined;
  readonly #now: () => number;
  readonly #then: () => void;

  constructor(deadline: number, now: () => number, then: () => void = () => undefined) {
    super();
    this.deadline = deadline;
    this.#now = now;
    this.#then = then;
  }

  override expire(): void {
    this.expiredAt = this.#now();
    this.#then();
  }
}

describe('DeadlineList', () => {
  it('expires entries at their deadlines, never early and at most 5 ms late', async () => {
    const clock = virtualClock();
    const random = seededRandom(7);
    const list = new DeadlineList<Entry>(clock);
    const now = (): number => clock.now();
    const entries = Array.from({ length: 300 }, () => new Entry(random.next() * 400, now));
    for (const entry of entries) list.add(entry);
    await clock.advance(500);
    for (const entry of entries) {
      expect(entry.expiredAt).toBeGreaterThanOrEqual(entry.deadline);
      expect(entry.expiredAt).toBeLessThanOrEqual(entry.deadline + 5);
    }
    expect([list.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('forgets entries that leave', async () => {
    const clock = virtualClock();
    const list = new DeadlineList<Entry>(clock);
    const entries = [10, 20, 30].map((deadline) => new Entry(deadline, () => clock.now()));
    for (const entry of entries) list.add(entry);
    list.remove(entries[1]!);
    list.remove(entries[1]!);
    expect(list.entries()).toEqual([entries[2], entries[0]]);
    await clock.advance(100);
    expect(entries.map((entry) => entry.expiredAt)).toEqual([10, undefined, 30]);
  });

  it('sets one timer for any number of entries, and none of its own will when it is stopped', () => {
    const clock = virtualClock();
    const list = new DeadlineList<Entry>(clock);
    for (let i = 0; i < 100; i++) list.add(new Entry(1_000 + i, () => clock.now()));
    expect(clock.pendingTimers).toBe(1);
    list.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets an expiry end other entries that are due', async () => {
    const clock = virtualClock();
    const list = new DeadlineList<Entry>(clock);
    const now = (): number => clock.now();
    const victim = new Entry(10, now);
    const killer = new Entry(10, now, () => list.remove(victim));
    list.add(victim);
    list.add(killer);
    await clock.advance(20);
    expect([killer.expiredAt, victim.expiredAt]).toEqual([10, undefined]);
  });

  it('lets an expiry add entries', async () => {
    const clock = virtualClock();
    const list = new DeadlineList<Entry>(clock);
    const now = (): number => clock.now();
    const next = new Entry(50, now);
    list.add(new Entry(10, now, () => list.add(next)));
    await clock.advance(60);
    expect(next.expiredAt).toBe(50);
  });

  it('waits for deadlines beyond what a system timer takes, and never for Infinity', async () => {
    const clock = virtualClock();
    const list = new DeadlineList<Entry>(clock);
    const far = new Entry(2 ** 33, () => clock.now());
    list.add(new Entry(Infinity, () => clock.now()));
    expect(clock.pendingTimers).toBe(0);
    list.add(far);
    await clock.advance(2 ** 33 + 10);
    expect(far.expiredAt).toBe(2 ** 33);
    expect(list.size).toBe(1);
  });
});
