import {
  type Clock,
  type Link,
  LinkCloseCode,
  type Links,
  type NodeId,
  type Random,
  type Unsubscribe,
} from '@macula/core';
import { memberDialDelay } from '../dial-delay.ts';
import type { DialGate } from '../dial-gate.ts';
import { PersistentDial } from '../persistent-dial.ts';

export interface NeighbourLinkEvents {
  /** About to dial: tells `links` where the neighbour can be found, which it may have forgotten. */
  locate(id: NodeId): void;
  /** The last link is gone, or the first dial has failed. */
  onLost(key: string): void;
  /** There is a link, for the first time or again. */
  onFound(key: string): void;
}

/** Since when a neighbour has had no link, in the clock's milliseconds. */
export interface Absence {
  readonly since: number;
  /** Whether its link has fallen silent, rather than never been there or been closed by somebody. */
  readonly silent: boolean;
}

export interface NeighbourLinkDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly gate: DialGate;
}

/** Keeps a link to one neighbour: pinned, dialled while there is none. */
export class NeighbourLink {
  readonly id: NodeId;
  readonly #deps: NeighbourLinkDeps;
  readonly #timeout: number;
  readonly #events: NeighbourLinkEvents;
  readonly #unpin: Unsubscribe;
  #absence: Absence | undefined;
  /** Made while there is no link. */
  #dial: PersistentDial | undefined;
  #followed: Link | undefined;
  #unfollow: Unsubscribe | undefined;

  /** `timeout`: milliseconds that one dial may take. */
  constructor(deps: NeighbourLinkDeps, id: NodeId, timeout: number, events: NeighbourLinkEvents) {
    const { links } = deps;
    this.id = id;
    this.#deps = deps;
    this.#timeout = timeout;
    this.#events = events;
    this.#unpin = links.pin(id);
    const link = links.get(id);
    if (link === undefined) this.#seek(false);
    else this.follow(link);
  }

  /** Undefined while there is a link. */
  get absence(): Absence | undefined {
    return this.#absence;
  }

  /** The open link, if there is one. */
  get link(): Link | undefined {
    return this.#deps.links.get(this.id);
  }

  /** A link to the neighbour is open. */
  follow(link: Link): void {
    if (this.#followed === link) return;
    this.#stopDialling();
    this.#unfollow?.();
    this.#followed = link;
    const wasAbsent = this.#absence !== undefined;
    this.#absence = undefined;
    this.#unfollow = link.onClose(({ code, remote }) =>
      this.#lost(link, code === LinkCloseCode.silent && !remote),
    );
    if (wasAbsent) this.#events.onFound(this.id.key);
  }

  release(): void {
    this.#stopDialling();
    this.#unfollow?.();
    this.#followed = undefined;
    this.#unpin();
  }

  #lost(link: Link, silent: boolean): void {
    if (this.#followed !== link) return;
    this.#followed = undefined;
    const other = this.link;
    if (other !== undefined && other !== link) {
      this.follow(other);
      return;
    }
    this.#seek(silent);
    this.#events.onLost(this.id.key);
  }

  /** There is no link: dials until there is one. */
  #seek(silent: boolean): void {
    const { clock, links, random } = this.#deps;
    const { id } = this;
    this.#absence = { since: clock.now(), silent };
    this.#dial = new PersistentDial(this.#deps, {
      attempt: async (signal) => {
        this.#events.locate(id);
        const link = await links.link(id, { timeout: this.#timeout, signal });
        if (!signal.aborted) this.follow(link);
      },
      // A member that nobody has met may be an invention: a probe decides that without waiting for its turn.
      onFailure: (_, attempt) => {
        if (attempt === 0) this.#events.onLost(id.key);
      },
      delayMs: (attempt) =>
        memberDialDelay('suspect', attempt, { self: links.self, peer: id }, random),
    });
    this.#dial.run();
  }

  #stopDialling(): void {
    this.#dial?.stop();
    this.#dial = undefined;
  }
}
