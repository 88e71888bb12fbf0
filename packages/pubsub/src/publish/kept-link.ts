import {
  backoffDelay,
  type Clock,
  type Link,
  type LinkCloseReason,
  type Links,
  type NodeId,
  type Random,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import type { Routes } from '../inlet/routes.ts';
import type { Limits } from '../options.ts';

/** A link that lived shorter counts as a failed attempt, in milliseconds. */
const shortLifeMs = 1_000;

export interface LinkListener {
  linkUp(link: Link): void;
  linkDown(reason: LinkCloseReason): void;
  linkDrained(): void;
}

export interface KeptLinkDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  readonly routes: Routes;
}

/** Keeps a link to one peer from when it is first wanted: dials, redials with backoff, pins. */
export class KeptLink {
  /** The open link. */
  link: Link | undefined;
  /** Through whom the peer wants to be reached; nobody: directly. */
  inlets: readonly NodeId[] = [];
  readonly #deps: KeptLinkDeps;
  readonly #peer: NodeId;
  readonly #listener: LinkListener;
  #wanted = false;
  #attempts = 0;
  #upSince = 0;
  #dialling: AbortController | undefined;
  #redial: Timer | undefined;
  #unpin: Unsubscribe | undefined;
  #release: Unsubscribe[] = [];

  constructor(deps: KeptLinkDeps, peer: NodeId, listener: LinkListener) {
    this.#deps = deps;
    this.#peer = peer;
    this.#listener = listener;
  }

  /** From now on there shall be a link. */
  want(): void {
    if (!this.#wanted) {
      this.#wanted = true;
      this.#unpin = this.#deps.links.pin(this.#peer);
    }
    if (this.link === undefined && this.#dialling === undefined && this.#redial === undefined) {
      this.#connect();
    }
  }

  /** Uses a link that opened by itself, unless there is one. */
  adopt(link: Link): void {
    if (!this.#wanted || this.link !== undefined || link.state === 'closed') return;
    this.#stopDialling();
    this.link = link;
    this.#upSince = this.#deps.clock.now();
    this.#release = [
      link.onDrain('events', () => this.#listener.linkDrained()),
      link.onClose((reason) => this.#down(link, reason)),
    ];
    // The listener of a link that was closed already has run by now.
    if (this.link === link) this.#listener.linkUp(link);
  }

  /** No link is wanted any more; one that is open stays open for others, unless it is a way. */
  rest(): void {
    this.#wanted = false;
    this.#stopDialling();
    this.#unpin?.();
    this.#unpin = undefined;
    const { link } = this;
    this.#forget();
    if (link !== undefined) this.#deps.routes.leave(link);
  }

  #connect(): void {
    const open = this.#deps.links.get(this.#peer);
    if (open !== undefined && (open.state === 'open' || open.state === 'early')) {
      this.adopt(open);
      return;
    }
    const dialling = new AbortController();
    this.#dialling = dialling;
    this.#deps.routes.link(this.#peer, this.inlets, dialling.signal).then(
      (link) => {
        if (this.#dialling !== dialling) return this.#deps.routes.leave(link);
        this.#dialling = undefined;
        if (link.state === 'closed') this.#retry();
        else this.adopt(link);
      },
      () => {
        if (this.#dialling !== dialling) return;
        this.#dialling = undefined;
        this.#retry();
      },
    );
  }

  #retry(): void {
    const { clock, random, limits } = this.#deps;
    const { redialBaseMs: baseMs, redialMaxMs: maxMs } = limits;
    const delay = backoffDelay(this.#attempts++, { baseMs, maxMs }, random);
    this.#redial = clock.setTimer(
      () => {
        this.#redial = undefined;
        this.#connect();
      },
      delay,
      { background: true },
    );
  }

  #down(link: Link, reason: LinkCloseReason): void {
    if (this.link !== link) return;
    this.#forget();
    if (this.#deps.clock.now() - this.#upSince > shortLifeMs) this.#attempts = 0;
    this.#listener.linkDown(reason);
    if (this.#wanted) this.#retry();
  }

  #forget(): void {
    this.link = undefined;
    for (const release of this.#release.splice(0)) release();
  }

  #stopDialling(): void {
    this.#dialling?.abort();
    this.#dialling = undefined;
    this.#redial?.cancel();
    this.#redial = undefined;
  }
}
