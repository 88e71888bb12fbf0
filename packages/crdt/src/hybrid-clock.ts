import { type Clock, InvalidArgumentError } from '@macula/core';
import { ClockSkewError } from './errors.ts';

/**
 * A reading of a hybrid logical clock: wall-clock milliseconds since the Unix epoch, and a counter that orders
 * events within one of them.
 */
export interface Timestamp {
  readonly wallMs: number;
  readonly counter: number;
}

/** The last instant that a JavaScript date can hold. */
const maxWallMs = 8_640_000_000_000_000;
/** The highest counter; after it the next millisecond begins, whatever the wall clock says. */
const maxCounter = 0xffff_ffff;

/** Default bound on how far ahead of this clock another may be, in milliseconds. */
export const defaultMaxSkewMs = 60_000;

export interface HybridClockOptions {
  /**
   * How far, in milliseconds, a received timestamp may lie ahead of this node's wall clock. Default
   * 60,000. Small values keep a wrong clock from winning every write; too small ones reject honest nodes.
   */
  readonly maxSkewMs?: number;
}

/**
 * Hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014): close to wall time, never
 * going back, and later than every timestamp that was observed.
 */
export interface HybridClock {
  /** A timestamp later than all given or observed before. */
  now(): Timestamp;
  /** Takes notice of another node's timestamp. Throws ClockSkewError, and ignores it, when it lies too far ahead. */
  observe(timestamp: Timestamp): void;
  /** Throws ClockSkewError when `wallMs` lies too far ahead of this node's wall clock. */
  check(wallMs: number): void;
}

/** Throws InvalidArgumentError for a negative or endless skew. */
export function createHybridClock(clock: Clock, options: HybridClockOptions = {}): HybridClock {
  const maxSkewMs = options.maxSkewMs ?? defaultMaxSkewMs;
  if (!Number.isFinite(maxSkewMs) || maxSkewMs < 0) {
    throw new InvalidArgumentError(
      `maxSkewMs must be a duration in milliseconds, got ${maxSkewMs}`,
    );
  }
  let last: Timestamp = { wallMs: 0, counter: 0 };
  const wall = (): number => Math.max(0, Math.floor(clock.wallTime()));

  const check = (wallMs: number): void => {
    const ahead = wallMs - wall();
    if (ahead > maxSkewMs) {
      throw new ClockSkewError(
        `a timestamp lies ${ahead} ms ahead of this node's clock, ${maxSkewMs} ms are accepted: set the clocks, or raise maxSkewMs`,
      );
    }
  };

  return {
    check,
    now() {
      last = timestampAfter(last, wall());
      return last;
    },
    observe(timestamp) {
      check(timestamp.wallMs);
      if (compareTimestamps(timestamp, last) > 0) last = timestamp;
    },
  };
}

/** The first timestamp after `last` that is not before `wallMs`. */
export function timestampAfter(last: Timestamp, wallMs: number): Timestamp {
  if (wallMs > last.wallMs) return { wallMs, counter: 0 };
  return last.counter < maxCounter
    ? { wallMs: last.wallMs, counter: last.counter + 1 }
    : { wallMs: last.wallMs + 1, counter: 0 };
}

/** The later of both; undefined when there is none. */
export function laterOf(a: Timestamp | undefined, b: Timestamp | undefined): Timestamp | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareTimestamps(a, b) < 0 ? b : a;
}

/** Whether these numbers can be a timestamp: a time that a date can hold, and a counter of 32 bits. */
export function isTimestamp({ wallMs, counter }: Timestamp): boolean {
  return isNatural(wallMs, maxWallMs) && isNatural(counter, maxCounter);
}

function isNatural(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.wallMs - b.wallMs || a.counter - b.counter;
}
