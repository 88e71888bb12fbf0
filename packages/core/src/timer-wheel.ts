import type { Clock, Timer } from './contracts/clock.ts';
import { InvalidArgumentError, NotRunningError } from './errors.ts';

const slotCount = 512;

/** One scheduled callback: a node of its slot's circular list. A slot's head is an entry without callback. */
class Entry implements Timer {
  readonly dueTick: number;
  callback: (() => void) | undefined;
  previous: Entry = this;
  next: Entry = this;

  constructor(dueTick: number, callback?: () => void) {
    this.dueTick = dueTick;
    this.callback = callback;
  }

  cancel(): void {
    this.unlink();
    this.callback = undefined;
  }

  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }

  insertBefore(successor: Entry): void {
    this.previous = successor.previous;
    this.next = successor;
    successor.previous.next = this;
    successor.previous = this;
  }
}

/**
 * Cheap timers for per-message deadlines: a hashed timing wheel (Varghese and Lauck 1987, scheme 6). Any
 * number of timers shares one timer of the clock; scheduling and cancelling are O(1). Timers fire at
 * most one resolution late, never early, and in the order of their ticks.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #origin: number;
  readonly #slots: Entry[] = Array.from({ length: slotCount }, () => new Entry(0));
  /** What the current run has yet to fire. */
  readonly #due = new Entry(0);
  /** All ticks before this one have been fired. */
  #tick = 0;
  #armed: Timer | undefined;
  #armedTick = Infinity;
  #stopped = false;

  /** `resolutionMs`: how late a timer may be, in milliseconds. Default 10; smaller wakes up more often. */
  constructor(clock: Clock, options: { resolutionMs?: number } = {}) {
    const { resolutionMs = 10 } = options;
    if (!(resolutionMs > 0)) {
      throw new InvalidArgumentError(`resolutionMs must be above 0, got ${resolutionMs}`);
    }
    this.#clock = clock;
    this.#resolutionMs = resolutionMs;
    this.#origin = clock.now();
  }

  /**
   * Calls `callback` once, no earlier than `delayMs` from now. An exception in it reaches the clock; timers due
   * at the same time still fire. With Infinity it is never called. Throws NotRunningError after stop(), and
   * InvalidArgumentError for what is no number.
   */
  schedule(callback: () => void, delayMs: number): Timer {
    if (this.#stopped) throw new NotRunningError('this timer wheel has been stopped');
    if (Number.isNaN(delayMs)) throw new InvalidArgumentError('a delay must be a number, got NaN');
    if (delayMs === Infinity) return new Entry(Infinity, callback);
    // An idle wheel stands still; ticks that passed meanwhile need no visit.
    if (this.#armedTick === Infinity) this.#tick = Math.max(this.#tick, this.#currentTick());
    const due = (this.#clock.now() - this.#origin + Math.max(0, delayMs)) / this.#resolutionMs;
    const entry = new Entry(Math.max(this.#tick, Math.ceil(due)), callback);
    entry.insertBefore(this.#slot(entry.dueTick));
    if (entry.dueTick < this.#armedTick) this.#arm(entry.dueTick);
    return entry;
  }

  /** Cancels everything that is scheduled. */
  stop(): void {
    this.#stopped = true;
    this.#armed?.cancel();
    this.#armed = undefined;
    for (const head of [this.#due, ...this.#slots]) while (head.next !== head) head.next.cancel();
  }

  #slot(tick: number): Entry {
    return this.#slots[tick % slotCount] as Entry;
  }

  #arm(tick: number): void {
    this.#armed?.cancel();
    this.#armedTick = tick;
    const delay = this.#origin + tick * this.#resolutionMs - this.#clock.now();
    this.#armed = this.#clock.setTimer(() => this.#run(), Math.max(0, delay));
  }

  #run(): void {
    // The clock fires no earlier than it was told, so the armed tick is due even where rounding says "nearly".
    const now = Math.max(this.#currentTick(), this.#armedTick);
    // While this runs, nothing that callbacks schedule may arm the clock: the end of the run does.
    this.#armedTick = -Infinity;
    try {
      this.#fireDue();
      while (this.#tick <= now) {
        this.#collectDue(this.#tick++);
        this.#fireDue();
      }
    } finally {
      this.#armed = undefined;
      this.#armedTick = Infinity;
      if (!this.#stopped) this.#armNext();
    }
  }

  /** Moves a tick's entries to the due list; entries of later turns of the wheel stay in the slot. */
  #collectDue(tick: number): void {
    const head = this.#slot(tick);
    for (let entry = head.next; entry !== head;) {
      const { next } = entry;
      if (entry.dueTick <= tick) {
        entry.unlink();
        entry.insertBefore(this.#due);
      }
      entry = next;
    }
  }

  /** Callbacks may cancel entries of the due list. After one that throws, the rest waits for the next run. */
  #fireDue(): void {
    while (this.#due.next !== this.#due) {
      const entry = this.#due.next;
      const { callback } = entry;
      entry.cancel();
      callback?.();
    }
  }

  /** Wakes at the next occupied slot, which may hold later turns only: then once per turn, for nothing. */
  #armNext(): void {
    if (this.#due.next !== this.#due) {
      this.#arm(this.#tick - 1);
      return;
    }
    for (let tick = this.#tick; tick < this.#tick + slotCount; tick++) {
      const head = this.#slot(tick);
      if (head.next !== head) {
        this.#arm(tick);
        return;
      }
    }
  }

  #currentTick(): number {
    return Math.floor((this.#clock.now() - this.#origin) / this.#resolutionMs);
  }
}
