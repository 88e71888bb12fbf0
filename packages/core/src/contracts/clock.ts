/** A pending timer. */
export interface Timer {
  /** Stops the timer; does nothing once it has fired or was cancelled. */
  cancel(): void;
}

/**
 * Time as a service. Nothing outside this package reads the system clock or sets a system timer, so
 * that protocols run unchanged in virtual time.
 */
export interface Clock {
  /** Monotonic time in milliseconds, with fractions; the origin is arbitrary. */
  now(): number;
  /** Wall-clock time in milliseconds since the Unix epoch; may jump. */
  wallTime(): number;
  /** Calls `callback` once, no earlier than `delayMs` from now. Does not keep a process alive by itself when `background` is set. */
  setTimer(callback: () => void, delayMs: number, options?: { background?: boolean }): Timer;
  /** Calls `callback` at the end of the current event-loop turn, after I/O that is already waiting. */
  defer(callback: () => void): void;
}
