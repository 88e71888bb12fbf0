import type { Clock, Timer } from '@macula/core';

/** Something that ends at a time unless it is over before: an entry of a DeadlineList, linked without allocation. */
export abstract class Expiring {
  /** In the clock's milliseconds. */
  deadline = Infinity;
  /** Whether it is in a list. */
  listed = false;
  previous: Expiring | undefined = undefined;
  next: Expiring | undefined = undefined;

  /** Called once when the deadline has passed; the entry has left the list by then. */
  abstract expire(): void;
}

/** How far apart two looks at the list are at least, in milliseconds: how late an entry may expire. */
const resolutionMs = 5;

/**
 * Deadlines of calls. Nearly every call ends long before its deadline, so entering and leaving must cost
 * nothing: entries form a linked list, and one timer stands at the earliest deadline seen; when it fires,
 * the list is walked and the timer set again. At a constant timeout that is one walk per timeout,
 * whatever the call rate; a timer wheel would allocate an entry and a closure per call.
 */
export class DeadlineList<T extends Expiring> {
  readonly #clock: Clock;
  #head: T | undefined;
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #size = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#size;
  }

  /** Enters `entry` with its deadline. */
  add(entry: T): void {
    entry.listed = true;
    entry.previous = undefined;
    entry.next = this.#head;
    if (this.#head !== undefined) this.#head.previous = entry;
    this.#head = entry;
    this.#size++;
    if (entry.deadline < this.#timerAt) this.#arm(entry.deadline);
  }

  /** Takes `entry` out; does nothing when it is not in. */
  remove(entry: T): void {
    if (!entry.listed) return;
    if (entry.previous === undefined) this.#head = entry.next as T | undefined;
    else entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.listed = false;
    entry.previous = entry.next = undefined;
    this.#size--;
  }

  /** All entries; a copy, so that they may leave meanwhile. */
  entries(): T[] {
    const entries: T[] = [];
    for (let entry = this.#head; entry !== undefined; entry = entry.next as T | undefined) {
      entries.push(entry);
    }
    return entries;
  }

  /** Cancels the timer; entries stay, and expire no more unless others are added. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  #arm(at: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    if (at === Infinity) return;
    // In the background: what keeps a process alive are its links, not the calls' patience.
    this.#timer = this.#clock.setTimer(() => this.#expire(), at - this.#clock.now(), {
      background: true,
    });
  }

  #expire(): void {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    const now = this.#clock.now();
    const due: T[] = [];
    let earliest = Infinity;
    for (let entry = this.#head; entry !== undefined; entry = entry.next as T | undefined) {
      if (entry.deadline <= now) due.push(entry);
      else if (entry.deadline < earliest) earliest = entry.deadline;
    }
    if (earliest < this.#timerAt) this.#arm(Math.max(earliest, now + resolutionMs));
    for (const entry of due) {
      // An expiry may have ended others: what has left the list is over.
      if (!entry.listed) continue;
      this.remove(entry);
      entry.expire();
    }
  }
}
