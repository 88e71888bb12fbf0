import type { Clock } from '@macula/core';
import type { HeapClock } from '../clock/virtual-clock.ts';

/**
 * A clock for what watches over a whole shard: its timers fire before those of nodes at the same instant, whenever they were
 * set; those of a lower `rank`, which is negative, come first. `aligned`: at multiples of their delay only, so that it does not matter when the first was set.
 */
export function watchClock(
  clock: HeapClock,
  rank: number,
  { aligned = false }: { readonly aligned?: boolean } = {},
): Pick<Clock, 'now' | 'setTimer'> {
  return {
    now: () => clock.now(),
    setTimer: (callback, delayMs) => {
      const now = clock.now();
      const time = aligned ? (Math.floor(now / delayMs) + 1) * delayMs : now + delayMs;
      return clock.setAhead(callback, time, rank);
    },
  };
}
