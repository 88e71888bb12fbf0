import { type Link, LinkCloseCode, type LinkCloseReason } from '@macula/core';
import type { Parcel } from './parcel.ts';

/** A link is refused as it opens: its dialler learns of that within a round trip, in milliseconds. */
const probationMs = 1_000;

/**
 * A peer without room for a link closes it as soon as it has opened, and reads nothing of what came on it
 * (LinkCloseCode.overloaded). What a link takes while that may still happen is kept, so that it can go over the next one.
 */
export class Probation {
  readonly #most: number;
  #endsAt = 0;
  /** In the order in which the link has taken them. */
  #taken: Parcel[] = [];
  #bytes = 0;

  /** `most`: bytes that are kept at most; of what comes after them nothing is. */
  constructor(most: number) {
    this.#most = most;
  }

  begin(link: Link, now: number): void {
    this.#forget();
    this.#endsAt = link.initiator ? now + probationMs : 0;
  }

  /** Whether the link may still turn out to be refused. */
  isOn(now: number): boolean {
    if (now < this.#endsAt) return true;
    if (this.#taken.length > 0) this.#forget();
    return false;
  }

  took(parcel: Parcel): void {
    if (this.#endsAt === 0 || this.#bytes + parcel.size > this.#most) return;
    this.#bytes += parcel.size;
    this.#taken.push(parcel);
  }

  /** The link has closed. Gives what it took in vain and has to be sent again. */
  end({ code, remote }: LinkCloseReason): Parcel[] {
    const isRefusal = remote && code === LinkCloseCode.overloaded;
    const vain = isRefusal ? this.#taken.filter(isStillWanted) : [];
    this.#forget();
    return vain;
  }

  #forget(): void {
    this.#endsAt = 0;
    this.#taken = [];
    this.#bytes = 0;
  }
}

function isStillWanted({ done, queued, target }: Parcel): boolean {
  return !done && !queued && !target.closed && !target.entrusted;
}
