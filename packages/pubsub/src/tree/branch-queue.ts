import type { EncodedFrame } from '@macula/core';
import { Fifo } from '../fifo.ts';
import type { Limits } from '../options.ts';
import type { Tally } from '../tally.ts';
import type { KeptTreeEvent } from './tree-event.ts';

interface Waiting {
  readonly frame: EncodedFrame;
  /** Undefined for frames that are no events. */
  readonly event: KeptTreeEvent | undefined;
  /** It has given way, and only takes a place. */
  dropped: boolean;
}

/** What waits for the link to one child, in order. Plain events give way to later ones; others do not. */
export class BranchQueue {
  readonly #limits: Limits;
  readonly #tally: Tally;
  readonly #queue = new Fifo<Waiting>();
  #plain = { events: 0, bytes: 0 };
  #acknowledged = { events: 0, bytes: 0 };

  constructor(limits: Limits, tally: Tally) {
    this.#limits = limits;
    this.#tally = tally;
  }

  get length(): number {
    return this.#queue.length;
  }

  get bytes(): number {
    return this.#plain.bytes + this.#acknowledged.bytes;
  }

  /** Whether plain events would have to give way. */
  get full(): boolean {
    const { outboxEvents, outboxBytes } = this.#limits;
    return this.#plain.events >= outboxEvents || this.#plain.bytes >= outboxBytes;
  }

  pushControl(frame: EncodedFrame): void {
    this.#queue.push({ frame, event: undefined, dropped: false });
  }

  /** False when there is no room for an event that must not get lost. */
  push(event: KeptTreeEvent): boolean {
    const { unacknowledgedEvents, unacknowledgedBytes } = this.#limits;
    const { events, bytes } = this.#acknowledged;
    if (event.qos === 0) while (this.full && this.#dropOldest());
    else if (events >= unacknowledgedEvents || bytes >= unacknowledgedBytes) return false;
    this.#count(event, 1);
    this.#queue.push({ frame: event, event, dropped: false });
    return true;
  }

  /** Hands out what waits until `send` refuses. Void events are dropped. */
  flush(now: number, send: (frame: EncodedFrame, isEvent: boolean) => boolean): void {
    for (let next = this.#queue.first; next !== undefined; next = this.#queue.first) {
      const { frame, event } = next;
      if (!next.dropped) {
        const isVoid = event !== undefined && isOver(event, now);
        if (isVoid) this.#tally.dropped('expired');
        else if (!send(frame, event !== undefined)) return;
        if (event !== undefined) this.#count(event, -1);
      }
      this.#queue.shift();
    }
  }

  clear(): void {
    this.#queue.clear();
    this.#plain = { events: 0, bytes: 0 };
    this.#acknowledged = { events: 0, bytes: 0 };
  }

  #dropOldest(): boolean {
    for (let i = 0; i < this.#queue.length; i++) {
      const waiting = this.#queue.at(i) as Waiting;
      if (waiting.dropped || waiting.event?.qos !== 0) continue;
      waiting.dropped = true;
      this.#count(waiting.event, -1);
      this.#tally.dropped('overflow');
      // What has given way costs little, but not nothing.
      if (this.#queue.length > 4 * this.#limits.outboxEvents) {
        this.#queue.retain((item) => !item.dropped);
      }
      return true;
    }
    return false;
  }

  #count(event: KeptTreeEvent, by: 1 | -1): void {
    const sum = event.qos === 0 ? this.#plain : this.#acknowledged;
    sum.events += by;
    sum.bytes += by * event.size;
  }
}

function isOver({ expiresInMs, keptAt }: KeptTreeEvent, now: number): boolean {
  return expiresInMs > 0 && keptAt + expiresInMs <= now;
}
