import { describe, expect, it } from '@jest/globals';
import type { ManagedLink } from '../link/managed-link.ts';
import { KeepAlive } from './keep-alive.ts';

const options = { keepAliveMs: 15_000, watchedKeepAliveMs: 1_000, silenceLimitMs: 5_000 };

/** As much of a link as keep-alive sees. */
class QuietLink {
  lastReceivedAt = 0;
  readonly events: string[] = [];
  now = 0;

  ping(): void {
    this.events.push(`${this.now} ping`);
  }

  abort(): void {
    this.events.push(`${this.now} abort`);
  }
}

/** Looks every half second from `from` to `to`. */
function look(keepAlive: KeepAlive, link: QuietLink, watched: boolean, from: number, to: number) {
  for (link.now = from; link.now <= to && !link.events.at(-1)?.endsWith('abort'); link.now += 500) {
    keepAlive.check(link as unknown as ManagedLink, watched, link.now);
  }
}

describe('keep-alive', () => {
  it('pings a watched link every second of silence, and gives it up after five', () => {
    const link = new QuietLink();
    look(new KeepAlive(options), link, true, 0, 20_000);
    expect(link.events).toEqual(['1000 ping', '2000 ping', '3000 ping', '4000 ping', '5000 abort']);
  });

  it('pings another link after fifteen seconds, and gives it up a little later', () => {
    const link = new QuietLink();
    look(new KeepAlive(options), link, false, 0, 40_000);
    expect(link.events[0]).toBe('15000 ping');
    expect(link.events.at(-1)).toBe('19000 abort');
  });

  it('is content with any answer', () => {
    const link = new QuietLink();
    const keepAlive = new KeepAlive(options);
    look(keepAlive, link, true, 0, 4_500);
    link.lastReceivedAt = 4_600;
    look(keepAlive, link, true, 5_000, 9_000);
    expect(link.events.some((event) => event.endsWith('abort'))).toBe(false);
    look(keepAlive, link, true, 9_500, 12_000);
    expect(link.events.at(-1)).toBe('10000 abort');
  });

  it('starts over when this node was asleep', () => {
    const link = new QuietLink();
    const keepAlive = new KeepAlive(options);
    look(keepAlive, link, true, 0, 2_000);
    keepAlive.forgive();
    look(keepAlive, link, true, 60_000, 63_500);
    expect(link.events.some((event) => event.endsWith('abort'))).toBe(false);
  });

  it('leaves links alone that are heard of', () => {
    const link = new QuietLink();
    const keepAlive = new KeepAlive(options);
    for (let now = 0; now < 30_000; now += 500) {
      link.lastReceivedAt = now - 200;
      keepAlive.check(link as unknown as ManagedLink, true, now);
    }
    expect(link.events).toEqual([]);
  });
});
