import { droppedError } from '../buffer/buffer-errors.ts';
import type { Parcel } from '../buffer/event-lane.ts';

interface Kept {
  readonly digest: string;
  readonly parcel: Parcel;
}

/** Milliseconds that an event may come in later here than a fellow's word that it was carried. */
const lateMs = 3_000;
/** Milliseconds by which events of one topic may come in at two bridges in another order. */
const overtakenMs = 1_000;

/**
 * What a bridge that stands by has received and its fellow has not yet carried, and what the fellow has carried and this one has
 * not yet received. Whichever comes first waits for the other. Both are bounded; the oldest give way.
 */
export class Shadow {
  #limit: number;
  readonly #kept = new Set<Kept>();
  readonly #byDigest = new Map<string, Kept[]>();
  readonly #byTopic = new Map<string, Set<Kept>>();
  /** How often an event of this digest was carried that has not come in here, and when last; the oldest first. */
  readonly #carried = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#kept.size;
  }

  setLimit(limit: number): void {
    this.#limit = limit;
    while (this.#kept.size > limit) this.#forgetOldest();
  }

  /** An event has come in: it is kept until it has been carried, or resolved at once where it has. */
  add(digest: string, parcel: Parcel): void {
    if (this.claim(digest, parcel.since)) {
      parcel.resolve();
      return;
    }
    const kept = { digest, parcel };
    this.#kept.add(kept);
    const same = this.#byDigest.get(digest);
    if (same === undefined) this.#byDigest.set(digest, [kept]);
    else same.push(kept);
    const { topic } = parcel.event;
    this.#byTopic.set(topic, (this.#byTopic.get(topic) ?? new Set()).add(kept));
    if (this.#kept.size > this.#limit) this.#forgetOldest();
  }

  /** A fellow has carried an event, at this time; so it will not carry those of its topic that came in long before it. */
  carried(digest: string, now: number): void {
    const kept = this.#byDigest.get(digest)?.[0];
    if (kept !== undefined) {
      this.#remove(kept);
      kept.parcel.resolve();
      this.#forgetOvertaken(kept);
      return;
    }
    const count = (this.#carried.get(digest)?.count ?? 0) + 1;
    this.#carried.delete(digest);
    this.#carried.set(digest, { count, at: now });
    const [oldest] = this.#carried.keys();
    if (this.#carried.size > this.#limit && oldest !== undefined) this.#carried.delete(oldest);
  }

  /** Whether a fellow has carried such an event a moment ago that has not come in here: then this is the one. */
  claim(digest: string, now: number): boolean {
    for (const [known, { at }] of this.#carried) {
      if (now - at <= lateMs) break;
      this.#carried.delete(known);
    }
    const carried = this.#carried.get(digest);
    if (carried === undefined) return false;
    if (carried.count === 1) this.#carried.delete(digest);
    else this.#carried.set(digest, { ...carried, count: carried.count - 1 });
    return true;
  }

  /** Whether anything could be claimed. */
  get hasClaims(): boolean {
    return this.#carried.size > 0;
  }

  /** Hands over what nobody has carried, oldest first: all, or what is asked for. */
  take(isAsked: (parcel: Parcel) => boolean = () => true): Kept[] {
    const taken = [...this.#kept].filter(({ parcel }) => isAsked(parcel));
    for (const kept of taken) this.#remove(kept);
    // What had been on its way came in before what is here already.
    return taken.sort((a, b) => a.parcel.since - b.parcel.since);
  }

  /** Drops what is older than this time; whoever still waits for it learns so. */
  expire(before: number): void {
    for (const kept of this.#kept) {
      if (kept.parcel.since >= before) return;
      this.#drop(kept, 'age');
    }
  }

  /** What the fellow has never received, as it was not there yet: later it would only come out of order. */
  #forgetOvertaken({ parcel: { event, since } }: Kept): void {
    for (const kept of this.#byTopic.get(event.topic) ?? []) {
      if (kept.parcel.since >= since - overtakenMs) return;
      this.#drop(kept, 'age');
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept;
    if (oldest !== undefined) this.#drop(oldest, 'overflow');
  }

  #drop(kept: Kept, reason: 'age' | 'overflow'): void {
    this.#remove(kept);
    kept.parcel.reject(droppedError(kept.parcel.event.topic, reason));
  }

  #remove(kept: Kept): void {
    this.#kept.delete(kept);
    const same = this.#byDigest.get(kept.digest) ?? [];
    same.splice(same.indexOf(kept), 1);
    if (same.length === 0) this.#byDigest.delete(kept.digest);
    const { topic } = kept.parcel.event;
    const ofTopic = this.#byTopic.get(topic);
    ofTopic?.delete(kept);
    if (ofTopic?.size === 0) this.#byTopic.delete(topic);
  }
}
