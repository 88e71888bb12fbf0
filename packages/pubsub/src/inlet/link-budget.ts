import { type Link, LinkCloseCode, type Links, type NodeId, type Random } from '@macula/core';
import { maxInlets } from '../interest-entry.ts';

/** With so much of the budget used, inlets are named. */
const near = 0.75;
/** With less than this they are not needed any more. */
const ample = 0.5;

export interface LinkBudgetDeps {
  readonly links: Links;
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
 * Keeps a node within the links that it has room for: near its budget it names some of its neighbours as inlets, through which
 * publishers reach it, and beyond it closes what others open.
 */
export class LinkBudget {
  readonly #deps: LinkBudgetDeps;
  readonly #inlets = new Map<string, NodeId>();
  #links = 0;

  constructor(deps: LinkBudgetDeps) {
    this.#deps = deps;
  }

  isInlet(node: NodeId): boolean {
    return this.#inlets.has(node.key);
  }

  /** A link has opened. */
  linked(link: Link): void {
    this.#links++;
    link.onClose(() => this.#unlinked(link));
    const { budget, links } = this.#deps;
    if (this.#links > budget) this.#links = [...links.all()].length;
    if (this.#links >= budget * near && this.#inlets.size === 0) this.#choose();
    // Who neither subscribes nor is an inlet has its links for other reasons, and others count them.
    const concerned = this.#inlets.size > 0 || this.#deps.isPassedThrough();
    if (this.#links > budget && concerned && !link.initiator && !this.isInlet(link.peer)) {
      void link.close(LinkCloseCode.overloaded, 'no room for more links: use my inlets');
    }
  }

  /** This node subscribes to something. */
  subscribed(): void {
    if (this.#links >= this.#deps.budget * near && this.#inlets.size === 0) this.#choose();
  }

  #unlinked(link: Link): void {
    this.#links--;
    const { budget, links, nameInlets } = this.#deps;
    if (this.#inlets.size === 0) return;
    if (this.#links < budget * ample) this.#inlets.clear();
    else if (links.get(link.peer) !== undefined || !this.#inlets.delete(link.peer.key)) return;
    else if (this.#inlets.size < maxInlets / 2) return this.#choose();
    nameInlets([...this.#inlets.values()]);
  }

  #choose(): void {
    const { links, nameInlets, random, subscribes } = this.#deps;
    if (!subscribes()) return;
    const peers = Array.from(links.all(), ({ peer }) => peer);
    while (this.#inlets.size < maxInlets && peers.length > 0) {
      const [peer] = peers.splice(random.integer(peers.length), 1) as [NodeId];
      this.#inlets.set(peer.key, peer);
    }
    nameInlets([...this.#inlets.values()]);
  }
}
