import type { Clock, Timer } from '@macula/core';
import type { CrossingEvent, EventLane, Parcel } from '../buffer/event-lane.ts';
import { digestOf } from './event-digest.ts';
import type { Fellowship } from './fellowship.ts';
import { Shadow } from './shadow.ts';

export interface EventCarrierDeps {
  readonly clock: Clock;
  readonly lane: EventLane;
  readonly fellowship: Fellowship;
  /** Tells the fellows what has been carried. */
  readonly tell: (digests: readonly string[]) => Promise<void>;
}

export interface EventCarrierLimits {
  readonly events: number;
  readonly maxAgeMs: number;
}

/** Milliseconds for which digests are collected: what a crash of this bridge can bring twice. */
const tellAfterMs = 20;
const maxDigestsAtOnce = 2_000;

/**
 * Carries events one way where this bridge leads its group, and otherwise keeps them until the leader says that it has carried
 * them. When the lead changes nothing is lost: the new leader carries what nobody has.
 */
export class EventCarrier {
  readonly #deps: EventCarrierDeps;
  readonly #limits: EventCarrierLimits;
  readonly #shadow: Shadow;
  /** What parcels in the lane were before they got the duty to tell. */
  readonly #untold = new WeakMap<Parcel, Parcel>();
  #leads: boolean;
  #digests: string[] = [];
  #telling: Timer | undefined;
  #expiring: Timer | undefined;

  constructor(deps: EventCarrierDeps, limits: EventCarrierLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#shadow = new Shadow(limits.events);
    this.#leads = deps.fellowship.leads;
    deps.fellowship.onChange(() => this.#judge());
  }

  /** Events that wait for a fellow to carry them. */
  get shadowed(): number {
    return this.#shadow.size;
  }

  /** Resolves when the event is on the other side, or safe with a bridge that stands by; rejects when it is lost. */
  carry(event: CrossingEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      const since = this.#deps.clock.now();
      if (this.#deps.fellowship.size === 0 && this.#leads && !this.#shadow.hasClaims) {
        this.#deps.lane.push({ event, since, resolve, reject });
        return;
      }
      const digest = digestOf(event);
      if (this.#leads && this.#shadow.claim(digest, since)) {
        // A former leader has carried it.
        resolve();
        return;
      }
      if (this.#leads) {
        this.#lead(digest, { event, since, resolve, reject });
        return;
      }
      // The leader acknowledges it, too, and not before it is across: here it need not wait.
      resolve();
      this.#shadow.add(digest, { event, since, resolve: nothing, reject: nothing });
      this.#watchAge();
    });
  }

  /** A fellow has carried these. */
  carried(digests: readonly string[]): void {
    const now = this.#deps.clock.now();
    for (const digest of digests) this.#shadow.carried(digest, now);
  }

  async stop(): Promise<void> {
    this.#expiring?.cancel();
    await this.#tell();
    for (const { parcel } of this.#shadow.take()) parcel.resolve();
  }

  #lead(digest: string, parcel: Parcel): void {
    const telling: Parcel = {
      ...parcel,
      resolve: () => {
        this.#tellSoon(digest);
        parcel.resolve();
      },
    };
    this.#untold.set(telling, parcel);
    this.#deps.lane.push(telling);
  }

  #judge(): void {
    const { leads } = this.#deps.fellowship;
    if (leads === this.#leads) return;
    this.#leads = leads;
    if (leads) {
      for (const { digest, parcel } of this.#shadow.take()) this.#lead(digest, parcel);
      return;
    }
    for (const parcel of this.#deps.lane.takeWaiting()) {
      this.#shadow.add(digestOf(parcel.event), this.#untold.get(parcel) ?? parcel);
    }
    this.#watchAge();
  }

  #tellSoon(digest: string): void {
    if (this.#deps.fellowship.size === 0) return;
    this.#digests.push(digest);
    if (this.#digests.length >= maxDigestsAtOnce) void this.#tell();
    else this.#telling ??= this.#deps.clock.setTimer(() => void this.#tell(), tellAfterMs);
  }

  async #tell(): Promise<void> {
    this.#telling?.cancel();
    this.#telling = undefined;
    const digests = this.#digests;
    this.#digests = [];
    if (digests.length > 0) await this.#deps.tell(digests).catch(() => undefined);
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
