import type { Clock, Timer } from '@macula/core';
import { BufferOverflowError } from '../buffer/buffer-errors.ts';
import type { CrossingEvent, EventLane, Parcel } from '../buffer/event-lane.ts';
import { digestOf } from './event-digest.ts';
import type { Fellowship } from './fellowship.ts';
import { Shadow } from './shadow.ts';

export interface EventCarrierDeps {
  readonly clock: Clock;
  readonly lane: EventLane;
  readonly fellowship: Fellowship;
  /** Tells the fellows what has been carried; resolves when they know. */
  readonly tell: (digests: readonly string[]) => Promise<void>;
}

export interface EventCarrierLimits {
  readonly events: number;
  readonly maxAgeMs: number;
}

/** Milliseconds for which digests are collected: what a crash of this bridge can bring twice. */
const tellAfterMs = 5;
const maxDigestsAtOnce = 2_000;
/** Milliseconds that others wait for what this bridge has begun when a topic goes to one of them. */
const releaseMs = 2_000;

/**
 * Carries events one way where their topic is this bridge's, and otherwise keeps them until the fellow whose it is says that it has
 * carried them. When a topic changes hands nothing is lost: who gets it carries what nobody has.
 */
export class EventCarrier {
  readonly #deps: EventCarrierDeps;
  readonly #shadow: Shadow;
  #limits: EventCarrierLimits;
  /** What parcels in the lane were before they got the duty to tell. */
  readonly #untold = new WeakMap<Parcel, Parcel>();
  #digests: string[] = [];
  /** Who waits for fellows to know. */
  #onTold: (() => void)[] = [];
  readonly #underway = new Set<Promise<void>>();
  #telling: Timer | undefined;
  #expiring: Timer | undefined;

  constructor(deps: EventCarrierDeps, limits: EventCarrierLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#shadow = new Shadow(limits.events);
    deps.fellowship.onChange(() => this.#judge());
    deps.fellowship.onRelease(() => this.#release());
  }

  /** Events that wait for a fellow to carry them. */
  get shadowed(): number {
    return this.#shadow.size;
  }

  setLimits(limits: EventCarrierLimits): void {
    this.#limits = limits;
    this.#shadow.setLimit(limits.events);
  }

  /** Resolves when the event is on the other side, or safe with a bridge that stands by; rejects when it is lost. */
  carry(event: CrossingEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      const { clock, fellowship, lane } = this.#deps;
      const parcel = { event, since: clock.now(), resolve, reject };
      const owns = fellowship.owns(event.topic);
      if (owns && fellowship.size === 0 && !this.#shadow.hasClaims) {
        lane.push(parcel);
        return;
      }
      const digest = digestOf(event);
      if (!owns) this.#standBy(digest, parcel);
      // A fellow may have carried it while the topic was its.
      else if (this.#shadow.claim(digest, parcel.since)) resolve();
      else this.#push(digest, parcel);
    });
  }

  /** A fellow has carried these. */
  carried(digests: readonly string[]): void {
    const now = this.#deps.clock.now();
    for (const digest of digests) this.#shadow.carried(digest, now);
  }

  /**
   * To be called before this bridge says that it is up: what came in so far is with those who carry it, as they let go of nothing
   * before they hear of that; what they told of it may have come before this bridge could hear them.
   */
  leaveToFellows(): void {
    const cared = this.#shadow.take(({ event }) => this.#deps.fellowship.isCared(event.topic));
    for (const { parcel } of cared) parcel.resolve();
  }

  async stop(): Promise<void> {
    this.#expiring?.cancel();
    await this.#tell();
    const error = new BufferOverflowError('the bridge was stopped before the event had crossed');
    for (const { parcel } of this.#shadow.take()) parcel.reject(error);
  }

  #standBy(digest: string, parcel: Parcel): void {
    if (this.#deps.fellowship.isCared(parcel.event.topic)) {
      // Who carries it acknowledges it, too, and not before it is across: here it need not wait.
      parcel.resolve();
      this.#shadow.add(digest, { ...parcel, resolve: nothing, reject: nothing });
    } else this.#shadow.add(digest, parcel);
    this.#watchAge();
  }

  #push(digest: string, parcel: Parcel): void {
    const telling: Parcel = { ...parcel, resolve: () => this.#tellSoon(digest, parcel.resolve) };
    this.#untold.set(telling, parcel);
    this.#deps.lane.push(telling);
  }

  /** Who carries what has changed. */
  #judge(): void {
    const { fellowship, lane } = this.#deps;
    const others = lane.takeWaiting(({ event }) => !fellowship.owns(event.topic));
    for (const parcel of others) {
      this.#shadow.add(digestOf(parcel.event), this.#untold.get(parcel) ?? parcel);
    }
    if (others.length > 0) this.#watchAge();
    const own = this.#shadow.take(({ event }) => fellowship.owns(event.topic));
    for (const { digest, parcel } of own) this.#push(digest, parcel);
  }

  /** What has been sent of other bridges' topics is over, and they know. */
  async #release(): Promise<void> {
    const { fellowship, lane } = this.#deps;
    await lane.settled(({ event }) => !fellowship.owns(event.topic), releaseMs);
    await this.#tell();
  }

  /** An event is acknowledged when fellows know that it was carried: so a crash does not bring an acknowledged one twice. */
  #tellSoon(digest: string, onTold: () => void): void {
    if (this.#deps.fellowship.size === 0) {
      onTold();
      return;
    }
    this.#digests.push(digest);
    this.#onTold.push(onTold);
    if (this.#digests.length >= maxDigestsAtOnce) void this.#tell();
    else this.#telling ??= this.#deps.clock.setTimer(() => void this.#tell(), tellAfterMs);
  }

  /** Resolves when the fellows know of everything so far. */
  async #tell(): Promise<void> {
    this.#telling?.cancel();
    this.#telling = undefined;
    const [digests, onTold] = [this.#digests, this.#onTold];
    this.#digests = [];
    this.#onTold = [];
    if (digests.length > 0) {
      const told = this.#deps.tell(digests).catch(nothing);
      this.#underway.add(told);
      void told.then(() => this.#underway.delete(told));
    }
    await Promise.all(this.#underway);
    for (const resolve of onTold) resolve();
  }

  #watchAge(): void {
    if (this.#expiring !== undefined) return;
    const { clock } = this.#deps;
    const { maxAgeMs } = this.#limits;
    this.#expiring = clock.setTimer(
      () => {
        this.#expiring = undefined;
        this.#shadow.expire(clock.now() - maxAgeMs);
        if (this.#shadow.size > 0) this.#watchAge();
      },
      maxAgeMs / 2,
      { background: true },
    );
  }
}

function nothing(): undefined {
  return undefined;
}
