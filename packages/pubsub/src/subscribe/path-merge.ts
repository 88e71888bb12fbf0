import type { Clock, FrameView, Timer } from '@macula/core';

/** Several waits in a row, at most: the new way may be long in coming, but not for ever. */
const maxWaits = 30;

/** Where events come from: a link, or a place in a tree. */
export type EventPath = object;

interface Held {
  readonly sequence: number;
  /** What must have come before it. */
  readonly previous: number;
  readonly path: EventPath;
  readonly frame: FrameView;
}

export interface PathMergeOptions {
  readonly clock: Clock;
  readonly waitMs: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * Puts the events of one publisher and topic in order while they come over more than one way: from the moment a new way is
 * begun until all that was sent over the former one has arrived, or was waited for long enough.
 */
export class PathMerge {
  /** What is up to here may still come over a former way. */
  until: number;
  readonly #options: PathMergeOptions;
  readonly #onTimeout: () => void;
  /** By sequence, ascending. */
  readonly #held: Held[] = [];
  #newest: EventPath;
  #bytes = 0;
  #waits = 0;
  #timer: Timer;

  constructor(options: PathMergeOptions, until: number, newest: EventPath, onTimeout: () => void) {
    this.#options = options;
    this.until = until;
    this.#newest = newest;
    this.#onTimeout = onTimeout;
    this.#timer = this.#setTimer();
  }

  /** A yet newer way begins. */
  extend(until: number, newest: EventPath): void {
    this.until = Math.max(this.until, until);
    this.#newest = newest;
    this.#waits = 0;
    this.#timer.cancel();
    this.#timer = this.#setTimer();
  }

  /** Keeps a copy of an event until its turn. False when there is no room. */
  hold(frame: FrameView, sequence: number, previous: number, path: EventPath): boolean {
    const { maxEvents, maxBytes } = this.#options;
    const size = frame.payloadEnd - frame.headerStart;
    if (this.#held.length >= maxEvents || this.#bytes + size > maxBytes) return false;
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1] as Held).sequence > sequence) at--;
    if (this.#held[at - 1]?.sequence === sequence) return true;
    this.#bytes += size;
    this.#held.splice(at, 0, { sequence, previous, path, frame: copied(frame) });
    return true;
  }

  /** Takes out the first event, if it follows on `last`. */
  next(last: number): Held | undefined {
    const first = this.#held[0];
    return first !== undefined && first.previous <= last ? this.take() : undefined;
  }

  /** Takes out the first event, whatever is missing before it. */
  take(): Held | undefined {
    const first = this.#held.shift();
    if (first !== undefined) this.#bytes -= first.frame.payloadEnd - first.frame.headerStart;
    return first;
  }

  close(): void {
    this.#timer.cancel();
  }

  #setTimer(): Timer {
    return this.#options.clock.setTimer(() => this.#over(), this.#options.waitMs, {
      background: true,
    });
  }

  /**
   * Each way keeps the order, and begins with whatever was not acknowledged. So what the newest way has brought can go
   * on without what is missing; what others have brought must not overtake what the newest has yet to bring.
   */
  #over(): void {
    const mayGoOn = this.#held.some(({ path }) => path === this.#newest);
    if (mayGoOn || this.#waits++ >= maxWaits || this.#held.length === 0) this.#onTimeout();
    else this.#timer = this.#setTimer();
  }
}

function copied({ kind, bytes, headerStart, headerEnd, payloadEnd }: FrameView): FrameView {
  return {
    kind,
    bytes: Uint8Array.prototype.slice.call(bytes, headerStart, payloadEnd),
    headerStart: 0,
    headerEnd: headerEnd - headerStart,
    payloadEnd: payloadEnd - headerStart,
  };
}
