import type { Parcel } from '../buffer/event-lane.ts';

interface Kept {
  readonly digest: string;
  readonly parcel: Parcel;
}

/**
 * What a bridge that stands by has received and its fellow has not yet carried, and what the fellow has carried and this one has
 * not yet received. Whichever comes first waits for the other. Both are bounded; the oldest give way.
 */
export class Shadow {
  readonly #limit: number;
  /** In the order in which events came in. */
  readonly #kept = new Set<Kept>();
  readonly #byDigest = new Map<string, Kept[]>();
  /** How often an event of this digest was carried that has not come in here. */
  readonly #carried = new Map<string, number>();
  #carriedCount = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** An event has come in: it is kept until it has been carried, or resolved at once where it has. */
  add(digest: string, parcel: Parcel): void {
    const carried = this.#carried.get(digest) ?? 0;
    if (carried > 0) {
      this.#setCarried(digest, carried - 1);
      parcel.resolve();
      return;
    }
    const kept = { digest, parcel };
    this.#kept.add(kept);
    const same = this.#byDigest.get(digest);
    if (same === undefined) this.#byDigest.set(digest, [kept]);
    else same.push(kept);
    if (this.#kept.size > this.#limit) this.#forgetOldest();
  }

  /** A fellow has carried an event. */
  carried(digest: string): void {
    const kept = this.#byDigest.get(digest)?.[0];
    if (kept !== undefined) {
      this.#remove(kept);
      kept.parcel.resolve();
      return;
    }
    this.#setCarried(digest, (this.#carried.get(digest) ?? 0) + 1);
    if (this.#carriedCount <= this.#limit) return;
    const [oldest] = this.#carried.keys();
    if (oldest !== undefined) this.#setCarried(oldest, 0);
  }

  /** Hands over all that nobody has carried, oldest first. */
  take(): Kept[] {
    const all = [...this.#kept];
    this.#kept.clear();
    this.#byDigest.clear();
    return all;
  }

  /** Drops what is older than this time; whoever waits for it has waited long enough. */
  expire(before: number): void {
    for (const kept of this.#kept) {
      if (kept.parcel.since >= before) return;
      this.#remove(kept);
      kept.parcel.resolve();
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept;
    if (oldest === undefined) return;
    this.#remove(oldest);
    oldest.parcel.resolve();
  }

  #remove(kept: Kept): void {
    this.#kept.delete(kept);
    const same = this.#byDigest.get(kept.digest) ?? [];
    same.splice(same.indexOf(kept), 1);
    if (same.length === 0) this.#byDigest.delete(kept.digest);
  }

  #setCarried(digest: string, count: number): void {
    this.#carriedCount += count - (this.#carried.get(digest) ?? 0);
    if (count === 0) this.#carried.delete(digest);
    else this.#carried.set(digest, count);
  }
}
