import { subjectOf } from './rumour.ts';

/** Rumours that do not fit before `take` stops looking for smaller ones. */
const patience = 8;
/** Bytes that a rumour costs beside itself: tag and length. */
const overhead = 4;

interface QueuedRumour {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Who has told it, and need not be told. */
  readonly source: string | undefined;
  /** Peers that were told, and may have heard. */
  readonly toldTo: Set<string>;
  /** How often there was nobody to tell but its source, or the member that it is about. */
  vainly: number;
}

/**
 * Rumours to pass on, one per member, each a bounded number of times. Those told least often go first, so
 * that news spreads fast and old news gives way (SWIM, Das, Gupta and Motivala 2002, §4.1); and nobody is
 * told again what others have not heard yet: on an overlay of few links, drawing lots leaves some out.
 */
export class RumourQueue {
  readonly #capacity: number;
  /** By how often they were told: as far as there are any, and never empty. */
  readonly #byTimes: Map<string, QueuedRumour>[] = [new Map()];
  readonly #timesOf = new Map<string, number>();
  #bytes = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#timesOf.size;
  }

  /** Bytes of all rumours together. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Queues the newest word about the member `key` in place of any older one; `source` is who has told it. When full, what was
   * told most often gives way.
   */
  put(key: string, bytes: Uint8Array, source?: string): void {
    this.#remove(key);
    if (this.size >= this.#capacity) this.#dropOldest();
    this.#place(0, { key, bytes, source, toldTo: new Set(), vainly: 0 });
  }

  /** Whether this very rumour is being passed on: most that arrive are, and need not be read again. `from` knows it, too. */
  holds(bytes: Uint8Array, from?: string): boolean {
    const key = subjectOf(bytes);
    const times = key === undefined ? undefined : this.#timesOf.get(key);
    if (key === undefined || times === undefined) return false;
    const queued = this.#byTimes[times]?.get(key);
    if (queued === undefined || Buffer.compare(queued.bytes, bytes) !== 0) return false;
    if (from !== undefined) queued.toldTo.add(from);
    return true;
  }

  /**
   * Up to `budget` bytes of rumours for `peer`, which count as told once; told `limit` times, one is done. Those that `peer` was not
   * told yet go first. The member that a rumour is about hears it, too, in order to object, but as it has mostly said
   * so itself, that counts for nothing; only when it is so often the only one to tell, the rumour is done as well. The first
   * one may exceed the budget.
   */
  take(budget: number, limit: number, peer: string): Uint8Array[] {
    const taken = new Set<QueuedRumour>();
    const vain = new Set<QueuedRumour>();
    let left = budget;
    for (const again of [false, true]) {
      let misses = 0;
      for (const rumours of this.#byTimes) {
        for (const rumour of rumours.values()) {
          if (left <= 0 || misses >= patience) break;
          if (rumour.source === peer || rumour.key === peer) vain.add(rumour);
          if (rumour.source === peer || rumour.toldTo.has(peer) !== again || taken.has(rumour)) {
            continue;
          }
          const cost = rumour.bytes.length + overhead;
          if (cost > left && taken.size > 0) {
            misses++;
            continue;
          }
          taken.add(rumour);
          left -= cost;
        }
      }
    }
    for (const rumour of vain) if (++rumour.vainly >= limit) this.#remove(rumour.key);
    for (const rumour of taken) {
      rumour.toldTo.add(peer);
      if (vain.has(rumour)) continue;
      const times = (this.#timesOf.get(rumour.key) ?? 0) + 1;
      this.#remove(rumour.key);
      if (times < limit) this.#place(times, rumour);
    }
    return Array.from(taken, ({ bytes }) => bytes);
  }

  clear(): void {
    this.#byTimes.length = 1;
    this.#byTimes[0] = new Map();
    this.#timesOf.clear();
    this.#bytes = 0;
  }

  #place(times: number, rumour: QueuedRumour): void {
    while (this.#byTimes.length <= times) this.#byTimes.push(new Map());
    this.#byTimes[times]?.set(rumour.key, rumour);
    this.#timesOf.set(rumour.key, times);
    this.#bytes += rumour.bytes.length;
  }

  #remove(key: string): void {
    const times = this.#timesOf.get(key);
    if (times === undefined) return;
    this.#bytes -= this.#byTimes[times]?.get(key)?.bytes.length ?? 0;
    this.#byTimes[times]?.delete(key);
    this.#timesOf.delete(key);
    while (this.#byTimes.length > 1 && this.#byTimes.at(-1)?.size === 0) this.#byTimes.pop();
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
