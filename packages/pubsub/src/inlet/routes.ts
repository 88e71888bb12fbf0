import type { Link, Links, NodeId, Random } from '@macula/core';
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
  readonly #inlets = new Map<string, readonly NodeId[]>();

  constructor(deps: RoutesDeps) {
    this.#deps = deps;
  }

  /** A subscriber has named its inlets. */
  learn(node: NodeId, inlets: readonly NodeId[]): void {
    if (inlets.length > 0) this.#inlets.set(node.key, inlets);
    else this.#inlets.delete(node.key);
  }

  /** The subscriber is none any more. */
  forget(node: NodeId): void {
    this.#inlets.delete(node.key);
  }

  /** A link to the subscriber, or a way. Throws what keeps it from being reached. */
  async link(node: NodeId, signal: AbortSignal): Promise<Link> {
    const { links, random, ways } = this.#deps;
    const open = links.get(node);
    if (open?.state === 'open') return open;
    const inlets = [...(this.#inlets.get(node.key) ?? [])].filter((id) => !id.equals(links.self));
    // Whoever is an inlet itself is near enough.
    const near = inlets.length < (this.#inlets.get(node.key)?.length ?? 0);
    for (let i = 0; i < tries && inlets.length > 0 && !near && !signal.aborted; i++) {
      const [inlet] = inlets.splice(random.integer(inlets.length), 1) as [NodeId];
      try {
        return await ways.open(inlet, node, signal);
      } catch {
        // The next one may have room.
      }
    }
    return links.link(node, { signal });
  }
}
