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
  readonly #dial: PersistentDial;
  readonly #events: NeighbourLinkEvents;
  readonly #unpin: Unsubscribe;
  #absence: Absence | undefined;
  #followed: Link | undefined;
  #unfollow: Unsubscribe | undefined;

  constructor(deps: NeighbourLinkDeps, id: NodeId, timeout: number, events: NeighbourLinkEvents) {
    const { links, random } = deps;
    this.id = id;
    this.#deps = deps;
    this.#events = events;
    this.#unpin = links.pin(id);
    this.#dial = new PersistentDial(deps, {
      attempt: async (signal) => {
        events.locate(id);
        this.follow(await links.link(id, { timeout, signal }));
      },
      // A member that nobody has met may be an invention: a probe decides that without waiting for its turn.
      onFailure: (_, attempt) => {
        if (attempt === 0) events.onLost(id.key);
      },
      delayMs: (attempt) =>
        memberDialDelay('suspect', attempt, { self: links.self, peer: id }, random),
    });
    const link = links.get(id);
    if (link === undefined) {
      this.#absence = { since: deps.clock.now(), silent: false };
      this.#dial.run();
    } else this.follow(link);
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
    this.#dial.stop();
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
    this.#dial.stop();
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
    this.#absence = { since: this.#deps.clock.now(), silent };
    this.#dial.restart();
    this.#events.onLost(this.id.key);
  }
}
