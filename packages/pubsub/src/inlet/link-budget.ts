import {
  type Clock,
  type Link,
  LinkCloseCode,
  type Links,
  type NodeId,
  type Random,
  type Unsubscribe,
} from '@macula/core';
import { maxInlets } from '../interest-entry.ts';

/** With so much of the budget used, inlets are named. */
const near = 0.75;
/** With less than this they are not needed any more. */
const ample = 0.5;

export interface LinkBudgetDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: number;
  /** Names the neighbours that take events for this node from now on; nobody: it takes them itself. */
  readonly nameInlets: (inlets: readonly NodeId[]) => void;
  /** Whether this node subscribes to anything. */
  readonly subscribes: () => boolean;
  /** Whether it is an inlet of others. */
  readonly isPassedThrough: () => boolean;
}

/**
 * Keeps a node that subscribes, or is an inlet, within the links that it has room for. Near its budget a subscriber names some of its
 * neighbours as inlets, through which publishers reach it. Beyond it, what others open is closed, and what they have opened
 * gives way to what the node dials itself.
 */
export class LinkBudget {
  readonly #deps: LinkBudgetDeps;
  readonly #inlets = new Map<string, NodeId>();
  readonly #watched = new Map<Link, Unsubscribe>();
  #naming = false;

  constructor(deps: LinkBudgetDeps) {
    this.#deps = deps;
  }

  isInlet(node: NodeId): boolean {
    return this.#inlets.has(node.key);
  }

  /** Those that are open already count, too. */
  start(): void {
    for (const link of this.#deps.links.all()) this.linked(link);
  }

  /** A link has opened. */
  linked(link: Link): void {
    this.#watched.set(link, nothing);
    const release = link.onClose(() => this.#unlinked(link));
    // Where the link is closed already, the listener has run.
    if (this.#watched.has(link)) this.#watched.set(link, release);
    this.subscribed();
    // Who neither subscribes nor is an inlet has its links for other reasons, and others count them.
    const isConcerned = this.#inlets.size > 0 || this.#deps.isPassedThrough();
    if (!isConcerned || !this.#isBeyond() || this.isInlet(link.peer)) return;
    if (link.initiator) this.#giveWay();
    else void link.close(LinkCloseCode.overloaded, 'no room for more links: use my inlets');
  }

  /** This node may subscribe to something. */
  subscribed(): void {
    const isNear = this.#watched.size >= this.#deps.budget * near;
    if (isNear && this.#inlets.size === 0) this.#choose();
  }

  stop(): void {
    for (const release of this.#watched.values()) release();
    this.#watched.clear();
  }

  #unlinked(link: Link): void {
    this.#watched.delete(link);
    const { budget, links } = this.#deps;
    if (this.#inlets.size === 0) return;
    if (this.#watched.size < budget * ample) this.#inlets.clear();
    else if (links.get(link.peer) !== undefined || !this.#inlets.delete(link.peer.key)) return;
    else if (this.#inlets.size < maxInlets / 2) return this.#choose();
    this.#name();
  }

  #isBeyond(): boolean {
    const { budget, links } = this.#deps;
    return this.#watched.size > budget && [...links.all()].length > budget;
  }

  /** Closes a link that somebody else has opened, an inlet's only where there is no other. */
  #giveWay(): void {
    const { budget, links, random } = this.#deps;
    const open = [...links.all()].filter(({ state }) => state === 'open');
    if (open.length <= budget) return;
    const others = open.filter(({ initiator }) => !initiator);
    const dispensable = others.filter(({ peer }) => !this.isInlet(peer));
    const choice = dispensable.length > 0 ? dispensable : others;
    if (choice.length === 0) return;
    const one = choice[random.integer(choice.length)];
    void one?.close(LinkCloseCode.idle, 'no room for so many links: use my inlets');
  }

  #choose(): void {
    const { links, random, subscribes } = this.#deps;
    if (!subscribes()) return;
    const peers = Array.from(links.all(), ({ peer }) => peer);
    while (this.#inlets.size < maxInlets && peers.length > 0) {
      const [peer] = peers.splice(random.integer(peers.length), 1) as [NodeId];
      this.#inlets.set(peer.key, peer);
    }
    this.#name();
  }

  /** Once for all changes of a turn: every announcement is written anew. */
  #name(): void {
    if (this.#naming) return;
    this.#naming = true;
    this.#deps.clock.defer(() => {
      this.#naming = false;
      this.#deps.nameInlets([...this.#inlets.values()]);
    });
  }
}

function nothing(): void {
  // Stands for the release of a listener that has not been added yet.
}
