import { parseUri, type UriMode } from '@macula/core';
import type { OfferWatches } from './offer-watches.ts';
import { Route } from './route.ts';

/** Procedures that this node calls: bounded; the ones not used for longest are forgotten (second chance). */
export class RouteTable {
  readonly #watches: OfferWatches;
  readonly #mode: UriMode;
  readonly #capacity: number;
  readonly #stream: boolean;
  readonly #routes = new Map<string, Route>();

  constructor(
    watches: OfferWatches,
    options: { mode: UriMode; capacity: number; stream: boolean },
  ) {
    this.#watches = watches;
    this.#mode = options.mode;
    this.#capacity = options.capacity;
    this.#stream = options.stream;
  }

  get size(): number {
    return this.#routes.size;
  }

  /** The route of `procedure`, watched from now on. Throws InvalidUriError. */
  get(procedure: string): Route {
    const known = this.#routes.get(procedure);
    if (known !== undefined) {
      known.used = true;
      return known;
    }
    const route = new Route(parseUri(procedure, this.#mode), this.#stream, this.#watches);
    if (this.#routes.size >= this.#capacity) this.#evict();
    this.#routes.set(procedure, route);
    return route;
  }

  close(): void {
    for (const route of this.#routes.values()) route.close();
    this.#routes.clear();
  }

  /** Marking a use is one write, so that a call reorders nothing; whatever was used since the last round stays for another. */
  #evict(): void {
    for (const [procedure, route] of this.#routes) {
      this.#routes.delete(procedure);
      if (!route.used) {
        route.close();
        return;
      }
      route.used = false;
      this.#routes.set(procedure, route);
    }
  }
}
