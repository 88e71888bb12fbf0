/** Rumours that do not fit before `take` stops looking for smaller ones. */
const patience = 8;
/** Bytes that a rumour costs beside itself: tag and length. */
const overhead = 4;

interface QueuedRumour {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/**
 * Rumours to pass on, one per member, each a bounded number of times. Those told least often go first, so
 * that news spreads fast and old news gives way (SWIM, Das, Gupta and Motivala 2002, §4.1).
 */
export class RumourQueue {
  readonly #capacity: number;
  /** By how often they were told. */
  readonly #byTimes: Map<string, QueuedRumour>[] = [new Map()];
  readonly #timesOf = new Map<string, number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#timesOf.size;
  }

  /** Queues the newest word about the member `key` in place of any older one. When full, what was told most often gives way. */
  put(key: string, bytes: Uint8Array): void {
    this.#remove(key);
    if (this.size >= this.#capacity) this.#dropOldest();
    this.#place(0, { key, bytes });
  }

  /** Whether this very rumour is being passed on: most that arrive are, and need not be read again. */
  holds(bytes: Uint8Array): boolean {
    const key = subjectOf(bytes);
    const times = key === undefined ? undefined : this.#timesOf.get(key);
    if (key === undefined || times === undefined) return false;
    const queued = this.#byTimes[times]?.get(key)?.bytes;
    return queued !== undefined && Buffer.compare(queued, bytes) === 0;
  }

  /** Up to `budget` bytes of rumours, which count as told once; told `limit` times, one is done. The first one may exceed the budget. */
  take(budget: number, limit: number): Uint8Array[] {
    const taken: QueuedRumour[] = [];
    let left = budget;
    let misses = 0;
    for (const rumours of this.#byTimes) {
      for (const rumour of rumours.values()) {
        if (left <= 0 || misses >= patience) break;
        const cost = rumour.bytes.length + overhead;
        if (cost > left && taken.length > 0) {
          misses++;
          continue;
        }
        taken.push(rumour);
        left -= cost;
      }
    }
    for (const rumour of taken) {
      const times = (this.#timesOf.get(rumour.key) ?? 0) + 1;
      this.#remove(rumour.key);
      if (times < limit) this.#place(times, rumour);
    }
    return taken.map(({ bytes }) => bytes);
  }

  clear(): void {
    this.#byTimes.length = 1;
    this.#byTimes[0] = new Map();
    this.#timesOf.clear();
  }

  #place(times: number, rumour: QueuedRumour): void {
    while (this.#byTimes.length <= times) this.#byTimes.push(new Map());
    this.#byTimes[times]?.set(rumour.key, rumour);
    this.#timesOf.set(rumour.key, times);
  }

  #remove(key: string): void {
    const times = this.#timesOf.get(key);
    if (times === undefined) return;
    this.#byTimes[times]?.delete(key);
    this.#timesOf.delete(key);
  }

  #dropOldest(): void {
    for (let times = this.#byTimes.length - 1; times >= 0; times--) {
      for (const key of this.#byTimes[times]?.keys() ?? []) {
        this.#remove(key);
        return;
      }
    }
  }
}

/** The ID of the member that an encoded rumour is about, where it comes first as our encoder puts it. */
function subjectOf(bytes: Uint8Array): string | undefined {
  if (bytes.length < 34 || bytes[0] !== 0x0a || bytes[1] !== 32) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset + 2, 32).toString('hex');
}
