import type { FrameView } from '@macula/core';

/** One thing that happened in a simulation. */
export interface TracedEvent {
  /** Virtual milliseconds since the beginning. */
  readonly atMs: number;
  readonly what: string;
}

const keptEvents = 200;

/**
 * A fingerprint of everything that happened: two runs with the same hash had the same frames with the same bytes at
 * the same instants. FNV-1a (Fowler, Noll and Vo) in two lanes of 32 bits; it finds differences, and keeps no secrets.
 */
export class EventTrace {
  private readonly recent: TracedEvent[] = [];
  private readonly time = new Float64Array(1);
  private readonly timeWords = new Uint32Array(this.time.buffer);
  private low = 0x811c9dc5;
  private high = 0x1b873593;
  private events = 0;

  /** How many frames and notes there were. */
  get length(): number {
    return this.events;
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0');
    return hex(this.high) + hex(this.low);
  }

  /** The last notes: faults, starts, ends. */
  get notes(): readonly TracedEvent[] {
    return this.recent;
  }

  note(atMs: number, what: string): void {
    this.events++;
    this.mixTime(atMs);
    for (let i = 0; i < what.length; i++) this.mix(what.charCodeAt(i));
    this.recent.push({ atMs, what });
    if (this.recent.length > keptEvents) this.recent.shift();
  }

  frame(
    atMs: number,
    from: number,
    to: number,
    { kind, bytes, headerStart, payloadEnd }: FrameView,
  ): void {
    this.events++;
    this.mixTime(atMs);
    this.mix(from);
    this.mix(to);
    this.mix(kind);
    for (let at = headerStart; at < payloadEnd; at++) this.mix(bytes[at] as number);
  }

  private mixTime(atMs: number): void {
    this.time[0] = atMs;
    this.mix(this.timeWords[0] as number);
    this.mix(this.timeWords[1] as number);
  }

  private mix(word: number): void {
    this.low = Math.imul(this.low ^ word, 0x01000193);
    this.high = Math.imul(this.high ^ word ^ (this.low >>> 15), 0x85ebca6b);
  }
}
