import { type Clock, type Metrics, systemClock, systemRandom } from '@macula/core';
import { createWampRouter, type WampRouter, type WampRouterOptions } from '../src/index.ts';
import { MemoryMesh, type MemoryNode } from './memory-mesh.ts';

/** Routers on the nodes of one mesh; `stop` ends them all. */
export class RouterFixture {
  readonly mesh: MemoryMesh;
  readonly #routers: WampRouter[] = [];
  readonly #clock: Clock;

  constructor(realm?: string, clock: Clock = systemClock) {
    this.mesh = new MemoryMesh(realm);
    this.#clock = clock;
  }

  async router(
    options: WampRouterOptions = {},
    metrics?: Metrics,
    node: MemoryNode = this.mesh.node(),
  ): Promise<{ router: WampRouter; node: MemoryNode }> {
    const router = createWampRouter(
      { mesh: node, clock: this.#clock, random: systemRandom, metrics },
      { retainedTimeoutMs: 200, goodbyeTimeoutMs: 50, ...options },
    );
    await router.start();
    this.#routers.push(router);
    return { router, node };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#routers.splice(0).map((router) => router.stop()));
  }
}
