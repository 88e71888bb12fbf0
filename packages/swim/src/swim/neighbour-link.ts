import type { Clock, Link, Links, NodeId, Random, Unsubscribe } from '@macula/core';
import { memberDialDelay } from '../dial-delay.ts';
import type { DialGate } from '../dial-gate.ts';
import { PersistentDial } from '../persistent-dial.ts';

export interface NeighbourLinkEvents {
  /** About to dial: tells `links` where the neighbour can be found, which it may have forgotten. */
  locate(id: NodeId): void;
  /** The last link is gone. */
  onLost(key: string): void;
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
      delayMs: (attempt) =>
        memberDialDelay('suspect', attempt, { self: links.self, peer: id }, random),
    });
    const link = links.get(id);
    if (link === undefined) this.#dial.run();
    else this.follow(link);
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
    this.#unfollow = link.onClose(() => this.#lost(link));
  }

  release(): void {
    this.#dial.stop();
    this.#unfollow?.();
    this.#followed = undefined;
    this.#unpin();
  }

  #lost(link: Link): void {
    if (this.#followed !== link) return;
    this.#followed = undefined;
    const other = this.link;
    if (other !== undefined && other !== link) {
      this.follow(other);
      return;
    }
    this.#dial.restart();
    this.#events.onLost(this.id.key);
  }
}
