/** Changes that some peers may not have yet. */
export interface LoggedDelta<State> {
  /** Unique in its log. */
  readonly id: number;
  delta: State;
  /** About how long its encoding is. */
  bytes: number;
  /** Peers that are known to have it. */
  readonly knownBy: Set<string>;
  /** In how many more rounds it is pushed; afterwards it waits for peers that come back. */
  roundsLeft: number;
}

/** More entries than this are merged into fewer. */
const maxEntries = 64;
/** How much of a full log may stay, so that it is not measured again at every change. */
const keptOfFull = 0.75;

/**
 * The deltas of one document that are not yet stable, oldest first. A delta is stable, and leaves, when
 * every member is known to have it. Bounded in bytes: what does not fit is dropped, and peers that lack it
 * are brought up by comparing states instead.
 */
export class DeltaLog<State> {
  private readonly merge: (a: State, b: State) => State;
  private readonly bytesOf: (delta: State) => number;
  private readonly maxBytes: number;
  private entries: LoggedDelta<State>[] = [];
  private bytes = 0;
  private lastId = 0;
  /** What came since the last push. */
  private fresh: LoggedDelta<State> | undefined;

  /** `bytesOf` tells how long a delta's encoding is. */
  constructor(
    merge: (a: State, b: State) => State,
    bytesOf: (delta: State) => number,
    maxBytes: number,
  ) {
    this.merge = merge;
    this.bytesOf = bytesOf;
    this.maxBytes = maxBytes;
  }

  get size(): number {
    return this.entries.length + (this.fresh === undefined ? 0 : 1);
  }

  get totalBytes(): number {
    return this.bytes;
  }

  /** Whether anything still has to be pushed. */
  get isActive(): boolean {
    return this.fresh !== undefined || this.entries.some(({ roundsLeft }) => roundsLeft > 0);
  }

  /** Notes a change; `from` is the peer that sent it. False when the log overflowed, and dropped deltas. */
  add(delta: State, bytes: number, from?: string): boolean {
    const knownBy = new Set(from === undefined ? [] : [from]);
    if (this.fresh === undefined) {
      this.fresh = { id: ++this.lastId, delta, bytes, knownBy, roundsLeft: 0 };
    } else {
      this.fresh.delta = this.merge(this.fresh.delta, delta);
      this.fresh.bytes += bytes;
      for (const peer of this.fresh.knownBy)
        if (!knownBy.has(peer)) this.fresh.knownBy.delete(peer);
    }
    this.bytes += bytes;
    return this.enforceLimit();
  }

  /** Starts a round: what came since the last one is pushed from now on, for so many rounds. */
  startRound(rounds: number): void {
    if (this.fresh === undefined) return;
    this.fresh.roundsLeft = rounds;
    this.entries.push(this.fresh);
    this.fresh = undefined;
    while (this.entries.length > maxEntries) this.mergeOldest();
  }

  /** Ends a round. */
  endRound(): void {
    for (const entry of this.entries) if (entry.roundsLeft > 0) entry.roundsLeft--;
  }

  /** What is being pushed, and the peer is not known to have. */
  activeFor(peer: string): LoggedDelta<State>[] {
    return this.entries.filter(({ roundsLeft, knownBy }) => roundsLeft > 0 && !knownBy.has(peer));
  }

  /** Everything that the peer is not known to have. */
  allFor(peer: string): LoggedDelta<State>[] {
    return this.entries.filter(({ knownBy }) => !knownBy.has(peer));
  }

  /** The peer's state equals this one: it has everything. */
  knownWholly(peer: string): void {
    for (const entry of this.entries) entry.knownBy.add(peer);
    this.fresh?.knownBy.add(peer);
  }

  /** Drops what is stable: known by all these members. Without members, what is no longer pushed. */
  compact(members: readonly string[] | undefined): void {
    this.entries = this.entries.filter(({ knownBy, roundsLeft, bytes }) => {
      const stable =
        members === undefined
          ? roundsLeft === 0
          : knownBy.size >= members.length && members.every((member) => knownBy.has(member));
      if (stable) this.bytes -= bytes;
      return !stable;
    });
  }

  private enforceLimit(): boolean {
    if (this.bytes <= this.maxBytes) return true;
    this.measure();
    const target = this.maxBytes * keptOfFull;
    if (this.bytes <= target) return true;
    while (this.bytes > target && this.entries.length > 0) {
      this.bytes -= this.entries.shift()?.bytes ?? 0;
    }
    if (this.bytes > target) {
      this.fresh = undefined;
      this.bytes = 0;
    }
    return false;
  }

  /** Deltas that cover each other, as those of a counter do, are shorter together than their sum says. */
  private measure(): void {
    this.bytes = 0;
    for (const entry of this.fresh === undefined ? this.entries : [...this.entries, this.fresh]) {
      entry.bytes = this.bytesOf(entry.delta);
      this.bytes += entry.bytes;
    }
  }

  private mergeOldest(): void {
    const [a, b] = this.entries.splice(0, 2) as [LoggedDelta<State>, LoggedDelta<State>];
    this.entries.unshift({
      id: ++this.lastId,
      delta: this.merge(a.delta, b.delta),
      bytes: a.bytes + b.bytes,
      knownBy: new Set([...a.knownBy].filter((peer) => b.knownBy.has(peer))),
      roundsLeft: Math.max(a.roundsLeft, b.roundsLeft),
    });
  }
}
