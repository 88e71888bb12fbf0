/** Something that happens at a certain time. Owned by at most one DueHeap at a time. */
export interface Due {
  /** When, in milliseconds of the clock that drives the heap. */
  time: number;
  /** Set by the heap: equal times keep the order in which they were added. */
  sequence: number;
  /** Set by the heap: where the item is, −1 when it is in none. */
  position: number;
}

/** A binary heap of due items, earliest first and stable, with removal from the middle (Williams 1964). */
export class DueHeap<T extends Due> {
  private readonly items: T[] = [];
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

  /** `sequence`: the item's place among others of its time; default: behind those that were added before. */
  add(item: T, sequence = this.added++): void {
    item.sequence = sequence;
    item.position = this.items.length;
    this.items.push(item);
    this.rise(item);
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
    if (last !== item) {
      last.position = position;
      this.items[position] = last;
      this.rise(last);
      this.sink(last);
    }
    return true;
  }

  private rise(item: T): void {
    let at = item.position;
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = this.items[parentAt] as T;
      if (!isBefore(item, parent)) break;
      this.place(parent, at);
      at = parentAt;
    }
    this.place(item, at);
  }

  private sink(item: T): void {
    const count = this.items.length;
    let at = item.position;
    for (;;) {
      let childAt = at * 2 + 1;
      if (childAt >= count) break;
      const right = childAt + 1;
      if (right < count && isBefore(this.items[right] as T, this.items[childAt] as T)) {
        childAt = right;
      }
      const child = this.items[childAt] as T;
      if (!isBefore(child, item)) break;
      this.place(child, at);
      at = childAt;
    }
    this.place(item, at);
  }

  private place(item: T, at: number): void {
    this.items[at] = item;
    item.position = at;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}
