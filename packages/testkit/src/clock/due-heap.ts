/** Something that happens at a certain time. Owned by at most one DueHeap at a time. */
export interface Due {
  /** When, in milliseconds of the clock that drives the heap. */
  time: number;
  /** Set by the heap: equal times keep the order in which they were added. */
  sequence: number;
  /** Set by the heap: where the item is, −1 when it is in none. */
  position: number;
}

const arity = 4;
const firstCapacity = 64;

/**
 * A heap of due items, earliest first and stable, with removal from the middle (Williams 1964; with four children each,
 * Johnson 1975). Times and sequence numbers lie beside the items, in arrays of numbers: a simulation of thousands of
 * nodes has a hundred thousand timers, and comparing them would otherwise fetch each from memory that is in no cache.
 */
export class DueHeap<T extends Due> {
  private readonly items: T[] = [];
  private times: Float64Array = new Float64Array(firstCapacity);
  private sequences: Float64Array = new Float64Array(firstCapacity);
  private added = 0;

  get size(): number {
    return this.items.length;
  }

  /** The sequence number that the next added item gets. */
  get nextSequence(): number {
    return this.added;
  }

  /** The earliest item. */
  get first(): T | undefined {
    return this.items[0];
  }

  /**
   * The item's time may not change while it is in the heap. `sequence`: its place among others of its time; default: behind
   * those that were added before.
   */
  add(item: T, sequence = this.added++): void {
    const at = this.items.length;
    if (at === this.times.length) this.grow();
    item.sequence = sequence;
    this.items.push(item);
    this.rise(at, item);
  }

  /** Takes the earliest item out. */
  take(): T | undefined {
    const first = this.items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes `item` out, wherever it is; false when it was not in the heap. */
  remove(item: T): boolean {
    const { position } = item;
    if (position < 0) return false;
    item.position = -1;
    const last = this.items.pop() as T;
    if (last === item) return true;
    const parent = (position - 1) >> 2;
    if (position > 0 && this.isBefore(last.time, last.sequence, parent)) this.rise(position, last);
    else this.sink(position, last);
    return true;
  }

  /** Puts `item` at the free place `from`, or above it. */
  private rise(from: number, item: T): void {
    const { time, sequence } = item;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (!this.isBefore(time, sequence, parent)) break;
      this.move(parent, at);
      at = parent;
    }
    this.place(item, at);
  }

  /** Puts `item` at the free place `from`, or below it. */
  private sink(from: number, item: T): void {
    const { times, sequences } = this;
    const { time, sequence } = item;
    const count = this.items.length;
    let at = from;
    for (;;) {
      const firstChild = at * arity + 1;
      if (firstChild >= count) break;
      let child = firstChild;
      const end = Math.min(firstChild + arity, count);
      for (let other = firstChild + 1; other < end; other++) {
        if (this.isBefore(times[other] as number, sequences[other] as number, child)) child = other;
      }
      if (this.isBefore(time, sequence, child)) break;
      this.move(child, at);
      at = child;
    }
    this.place(item, at);
  }

  private isBefore(time: number, sequence: number, other: number): boolean {
    const otherTime = this.times[other] as number;
    return time < otherTime || (time === otherTime && sequence < (this.sequences[other] as number));
  }

  private move(from: number, to: number): void {
    const item = this.items[from] as T;
    this.items[to] = item;
    this.times[to] = this.times[from] as number;
    this.sequences[to] = this.sequences[from] as number;
    item.position = to;
  }

  private place(item: T, at: number): void {
    this.items[at] = item;
    this.times[at] = item.time;
    this.sequences[at] = item.sequence;
    item.position = at;
  }

  private grow(): void {
    this.times = doubled(this.times);
    this.sequences = doubled(this.sequences);
  }
}

function doubled(numbers: Float64Array): Float64Array {
  const grown = new Float64Array(numbers.length * 2);
  grown.set(numbers);
  return grown;
}
