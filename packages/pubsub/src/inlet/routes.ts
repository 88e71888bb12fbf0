import type { Link, Links, NodeId, Random } from '@macula/core';
import { Way } from './way.ts';
import type { Ways } from './ways.ts';

/** So many inlets are tried before the subscriber itself is. */
const tries = 4;

export interface RoutesDeps {
  readonly links: Links;
  readonly random: Random;
  readonly ways: Ways;
}

/** How subscribers are reached: over a link of their own, or through one of the inlets that they name. */
export class Routes {
  readonly #deps: RoutesDeps;

  constructor(deps: RoutesDeps) {
    this.#deps = deps;
  }

  /** A link to the subscriber, or a way, to be handed to `leave` in the end. Throws what keeps the subscriber from being reached. */
  async link(node: NodeId, inlets: readonly NodeId[], signal: AbortSignal): Promise<Link> {
    const { links, random, ways } = this.#deps;
    const open = links.get(node);
    if (open?.state === 'open') return open;
    // Whoever is an inlet itself is near enough.
    const near = inlets.some((inlet) => inlet.equals(links.self));
    const untried = near ? [] : [...inlets];
    for (let i = 0; i < tries && untried.length > 0 && !signal.aborted; i++) {
      const [inlet] = untried.splice(random.integer(untried.length), 1) as [NodeId];
      try {
        return await ways.open(inlet, node, signal);
      } catch {
        // The next one may have room.
      }
    }
    return links.link(node, { signal });
  }

  /** Nobody here uses the link any more: a way is over, other links stay for others. */
  leave(link: Link): void {
    if (link instanceof Way) void link.close();
  }
}
