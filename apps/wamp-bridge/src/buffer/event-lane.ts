import type { Clock, Timer } from '@macula/core';
import type { BridgeConfig } from '../config/bridge-schema.ts';
import { approximateBytes } from './approximate-bytes.ts';
import { BufferOverflowError, droppedError } from './buffer-errors.ts';
import type { Suspects } from './suspects.ts';

/** One event on its way across. */
export interface CrossingEvent {
  readonly topic: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly qos: 0 | 1;
}

export type BufferLimits = BridgeConfig['buffer'];

/** Why an event did not cross: `fatal` is one over which the other side went away again and again. */
export type DropReason = 'overflow' | 'age' | 'refused' | 'fatal';

export interface EventLaneDeps {
  readonly clock: Clock;
  /** Hands an event to the other side; resolves when that has acknowledged it. */
  readonly send: (event: CrossingEvent) => Promise<void>;
  /** Whether a failure means that the other side is away, and the event is to be sent again. */
  readonly isAway: (error: unknown) => boolean;
  readonly onCrossed: (event: CrossingEvent, waitedMs: number) => void;
  readonly onDropped: (event: CrossingEvent, reason: DropReason) => void;
  /** Where single events may be what makes the other side go away. */
  readonly suspects?: Suspects;
}

/** An event and who waits for it. */
export interface Parcel {
  readonly event: CrossingEvent;
  /** When it came in, by the clock's milliseconds. */
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Entry {
  readonly parcel: Parcel;
  bytes: number;
  state: 'waiting' | 'sent' | 'over';
}

/** Events that may be on their way to the other side without its acknowledgement. */
const window = 1_024;

/**
 * Carries events one way, in order. While the other side is away, or slower than what comes in, they wait up to the
 * buffer's limits; what was sent and not acknowledged when it went away is sent again.
 */
export class EventLane {
  readonly #deps: EventLaneDeps;
  #limits: BufferLimits;
  /** From `#head` on: first what was sent, then what waits. Entries that are over are skipped. */
  #entries: Entry[] = [];
  #head = 0;
  #next = 0;
  #inFlight = 0;
  /** Whether what was sent last must not have company. */
  #alone = false;
  #waiting = 0;
  #waitingBytes = 0;
  #open = false;
  #stopped = false;
  #ageTimer: Timer | undefined;

  constructor(deps: EventLaneDeps, limits: BufferLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get counts(): { readonly waiting: number; readonly bytes: number; readonly inFlight: number } {
    return { waiting: this.#waiting, bytes: this.#waitingBytes, inFlight: this.#inFlight };
  }

  setLimits(limits: BufferLimits): void {
    this.#limits = limits;
    this.#makeRoom();
  }

  /** The parcel resolves when the other side has the event; it rejects with what that said, or with BufferOverflowError. */
  push(parcel: Parcel): void {
    if (this.#stopped) {
      parcel.reject(new BufferOverflowError('the bridge has been stopped'));
      return;
    }
    const entry: Entry = { parcel, bytes: 0, state: 'waiting' };
    const direct = this.#open && this.#waiting === 0 && this.#mayGo(entry);
    if (!direct) {
      const { args, kwargs } = parcel.event;
      entry.bytes = approximateBytes(args) + approximateBytes(kwargs);
      if (this.#limits.overflow !== 'drop-oldest' && !this.#hasRoom(entry)) {
        this.#drop(entry, 'overflow');
        return;
      }
    }
    this.#entries.push(entry);
    this.#waiting++;
    this.#waitingBytes += entry.bytes;
    if (direct) this.#pump();
    else this.#makeRoom();
  }

  /** Resolves when those that are on their way and are asked for are there, or wait again, or at the latest after `limitMs`. */
  async settled(isAsked: (parcel: Parcel) => boolean, limitMs: number): Promise<void> {
    const { clock } = this.#deps;
    const asked = this.#entries
      .slice(this.#head, this.#next)
      .filter(({ state, parcel }) => state === 'sent' && isAsked(parcel));
    const end = clock.now() + limitMs;
    while (asked.some(({ state }) => state === 'sent') && clock.now() < end) {
      await new Promise<void>((resolve) => {
        clock.setTimer(resolve, 5);
      });
    }
  }

  /** Hands back what waits and is asked for, in order: somebody else cares for it. */
  takeWaiting(isAsked: (parcel: Parcel) => boolean): Parcel[] {
    const taken: Parcel[] = [];
    for (let i = this.#next; i < this.#entries.length; i++) {
      const entry = this.#entries[i] as Entry;
      if (entry.state !== 'waiting' || !isAsked(entry.parcel)) continue;
      this.#waiting--;
      this.#waitingBytes -= entry.bytes;
      entry.state = 'over';
      taken.push(entry.parcel);
    }
    this.#skipOver();
    return taken;
  }

  /** The other side is there. */
  open(): void {
    if (this.#open || this.#stopped) return;
    this.#open = true;
    this.#ageTimer?.cancel();
    this.#pump();
  }

  /** Nothing more is sent until it is opened; what is on its way is waited for. */
  pause(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watchAge();
  }

  /** The other side is away: what it has not acknowledged goes again, first. */
  close(): void {
    this.pause();
    if (this.#inFlight > 0) this.#rewind();
  }

  /** Gives up what waits. */
  stop(): void {
    this.#stopped = true;
    this.#open = false;
    this.#ageTimer?.cancel();
    const error = new BufferOverflowError('the bridge was stopped before the event had crossed');
    for (const entry of this.#entries.slice(this.#head)) {
      if (entry.state !== 'over') entry.parcel.reject(error);
    }
    this.#entries = [];
    this.#head = this.#next = this.#waiting = this.#waitingBytes = this.#inFlight = 0;
  }

  #pump(): void {
    while (this.#open && this.#next < this.#entries.length) {
      const entry = this.#entries[this.#next] as Entry;
      if (entry.state === 'waiting' && !this.#mayGo(entry)) return;
      this.#next++;
      if (entry.state !== 'waiting') continue;
      this.#alone = this.#deps.suspects?.goesAlone(entry.parcel.event) === true;
      entry.state = 'sent';
      this.#waiting--;
      this.#waitingBytes -= entry.bytes;
      this.#inFlight++;
      this.#send(entry);
    }
  }

  #mayGo({ parcel }: Entry): boolean {
    if (this.#inFlight === 0) return true;
    if (this.#alone || this.#inFlight >= window) return false;
    return this.#deps.suspects?.goesAlone(parcel.event) !== true;
  }

  #send(entry: Entry): void {
    const { event, since, resolve, reject } = entry.parcel;
    this.#deps.send(event).then(
      () => {
        if (entry.state !== 'sent') return;
        this.#inFlight--;
        this.#over(entry);
        this.#deps.onCrossed(event, this.#deps.clock.now() - since);
        resolve();
        this.#pump();
      },
      (error: unknown) => {
        if (entry.state !== 'sent') return;
        if (this.#deps.isAway(error)) {
          this.close();
          return;
        }
        this.#inFlight--;
        this.#over(entry);
        this.#deps.onDropped(event, 'refused');
        reject(error instanceof Error ? error : new Error(String(error)));
        this.#pump();
      },
    );
  }

  #rewind(): void {
    const fatal: Entry[] = [];
    for (let i = this.#head; i < this.#next; i++) {
      const entry = this.#entries[i] as Entry;
      if (entry.state !== 'sent') continue;
      entry.state = 'waiting';
      this.#inFlight--;
      this.#waiting++;
      this.#waitingBytes += entry.bytes;
      if (this.#deps.suspects?.lostWith(entry.parcel.event)) fatal.push(entry);
    }
    this.#next = this.#head;
    for (const entry of fatal) this.#expel(entry, 'fatal');
    this.#makeRoom();
  }

  #over(entry: Entry): void {
    entry.state = 'over';
    this.#skipOver();
  }

  #skipOver(): void {
    while (this.#entries[this.#head]?.state === 'over') this.#head++;
    this.#next = Math.max(this.#next, this.#head);
    if (this.#head > 4_096 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#next -= this.#head;
      this.#head = 0;
    }
  }

  #hasRoom(entry: Entry): boolean {
    const { events, bytes } = this.#limits;
    return this.#waiting < events && this.#waitingBytes + entry.bytes <= bytes;
  }

  /** Lets the oldest go; under the other policies only what the limits of a new configuration leave no room for. */
  #makeRoom(): void {
    const { events, bytes } = this.#limits;
    for (let i = this.#next; this.#waiting > events || this.#waitingBytes > bytes; i++) {
      const entry = this.#entries[i];
      if (entry === undefined) return;
      if (entry.state === 'waiting') this.#expel(entry, 'overflow');
    }
  }

  #watchAge(): void {
    this.#ageTimer?.cancel();
    if (this.#stopped || this.#open) return;
    const period = Math.max(50, this.#limits.maxAgeMs / 10);
    this.#ageTimer = this.#deps.clock.setTimer(() => this.#expelOld(), period, {
      background: true,
    });
  }

  #expelOld(): void {
    const oldest = this.#deps.clock.now() - this.#limits.maxAgeMs;
    for (let i = this.#next; i < this.#entries.length; i++) {
      const entry = this.#entries[i] as Entry;
      if (entry.parcel.since > oldest) break;
      if (entry.state === 'waiting') this.#expel(entry, 'age');
    }
    this.#watchAge();
  }

  #expel(entry: Entry, reason: 'overflow' | 'age' | 'fatal'): void {
    this.#waiting--;
    this.#waitingBytes -= entry.bytes;
    this.#over(entry);
    this.#drop(entry, reason);
  }

  #drop(entry: Entry, reason: 'overflow' | 'age' | 'fatal'): void {
    const { event, reject } = entry.parcel;
    this.#deps.onDropped(event, reason);
    reject(droppedError(event.topic, reason));
  }
}
