import { type Clock, InvalidArgumentError, type Timer } from '@macula/core';

/**
 * A clock that is `offsetMs` ahead of `base` now and from then on runs `rate` times as fast, as a
 * badly set or drifting machine's clock does. Throws InvalidArgumentError unless `rate` is positive.
 */
export function skewedClock(base: Clock, offsetMs: number, rate = 1): Clock {
  if (!(rate > 0)) throw new InvalidArgumentError(`a clock's rate must be positive, got ${rate}`);
  const start = base.now();
  const startWall = base.wallTime();
  return {
    now: () => start + offsetMs + (base.now() - start) * rate,
    wallTime: () => startWall + offsetMs + (base.wallTime() - startWall) * rate,
    setTimer: (callback, delayMs, options): Timer =>
      base.setTimer(callback, delayMs / rate, options),
    defer: (callback) => {
      base.defer(callback);
    },
  };
}
