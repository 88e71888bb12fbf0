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
  /** Those of it that may give way. */
  readonly #droppable = new Fifo<Waiting>();
  #plainBytes = 0;
  /** Places that are taken by what has given way. */
  #dropped = 0;
  #acknowledged = { events: 0, bytes: 0 };

  constructor(limits: Limits, tally: Tally) {
    this.#limits = limits;
    this.#tally = tally;
  }

  get length(): number {
    return this.#queue.length;
  }

  get bytes(): number {
    return this.#plainBytes + this.#acknowledged.bytes;
  }

  /** Whether plain events would have to give way. */
  get full(): boolean {
    const { outboxEvents, outboxBytes } = this.#limits;
    return this.#droppable.length >= outboxEvents || this.#plainBytes >= outboxBytes;
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
    const waiting = { frame: event, event, dropped: false };
    this.#queue.push(waiting);
    if (event.qos === 0) this.#droppable.push(waiting);
    this.#count(event, 1);
    return true;
  }

  /** Hands out what waits until `send` refuses. Void events are dropped. */
  flush(now: number, send: (frame: EncodedFrame, isEvent: boolean) => boolean): void {
    for (let next = this.#queue.first; next !== undefined; next = this.#queue.first) {
      const { frame, event } = next;
      if (next.dropped) this.#dropped--;
      else {
        const isVoid = event !== undefined && isOver(event, now);
        if (isVoid) this.#tally.dropped('expired');
        else if (!send(frame, event !== undefined)) return;
        if (event?.qos === 0) this.#droppable.shift();
        if (event !== undefined) this.#count(event, -1);
      }
      this.#queue.shift();
    }
  }

  clear(): void {
    this.#queue.clear();
    this.#droppable.clear();
    this.#plainBytes = 0;
    this.#dropped = 0;
    this.#acknowledged = { events: 0, bytes: 0 };
  }

  #dropOldest(): boolean {
    const oldest = this.#droppable.shift();
    if (oldest?.event === undefined) return false;
    oldest.dropped = true;
    this.#count(oldest.event, -1);
    this.#tally.dropped('overflow');
    // What has given way costs little, but not nothing: it goes when it is as much as all the rest.
    if (++this.#dropped <= 64 || this.#dropped * 2 <= this.#queue.length) return true;
    this.#queue.retain((item) => !item.dropped);
    this.#dropped = 0;
    return true;
  }

  #count({ qos, size }: KeptTreeEvent, by: 1 | -1): void {
    if (qos === 0) this.#plainBytes += by * size;
    else {
      this.#acknowledged.events += by;
      this.#acknowledged.bytes += by * size;
    }
  }
}

function isOver({ expiresInMs, keptAt }: KeptTreeEvent, now: number): boolean {
  return expiresInMs > 0 && keptAt + expiresInMs <= now;
}
