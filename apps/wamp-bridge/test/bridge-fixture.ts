import { formatAddress, type Metrics, systemClock, systemRandom } from '@macula/core';
import { createNode, type MaculaNode } from '@macula/node';
import { Bridge } from '../src/bridge.ts';
import { parseConfig } from '../src/config/read-config.ts';
import type { BridgeConfig } from '../src/config/bridge-schema.ts';
import { openWampySession } from '../src/router/wampy-session.ts';
import { wampyOptions } from '../src/router/wampy-options.ts';
import { BareRouter } from './bare-router.ts';

export const meshRealm = 'be.macula.bridge-test';

/** Nodes and bridges of one mesh, and routers beside it; `stop` ends them all. */
export class BridgeFixture {
  readonly nodes: MaculaNode[] = [];
  readonly bridges: Bridge[] = [];
  readonly routers: BareRouter[] = [];

  get bootstrap(): string[] {
    return this.nodes.slice(0, 1).flatMap(({ addresses }) => addresses.map(formatAddress));
  }

  async node(bootstrap: readonly string[] = []): Promise<MaculaNode> {
    const node = await createNode({
      realm: meshRealm,
      host: '127.0.0.1',
      bootstrap: [...this.bootstrap, ...bootstrap],
      environment: {},
    });
    this.nodes.push(node);
    return node;
  }

  async bareRouter(): Promise<BareRouter> {
    const router = await BareRouter.start();
    this.routers.push(router);
    return router;
  }

  /** A bridge on a node of its own, with `yaml` beside the addresses. */
  async bridge(
    router: { readonly url: string; readonly realm: string; readonly dialect: string },
    yaml: string,
    metrics?: Metrics,
  ): Promise<Bridge> {
    const config = configOf(router, yaml);
    const node = await this.node(config.mesh.bootstrap);
    const bridge = new Bridge(
      {
        node,
        clock: systemClock,
        random: systemRandom,
        connect: async ({ signal }) =>
          openWampySession(config.router.url, await wampyOptions(config.router, {}), {
            clock: systemClock,
            timeoutMs: config.router.connectTimeoutMs,
            signal,
          }),
        ...(metrics && { metrics }),
      },
      config,
    );
    this.bridges.push(bridge);
    await bridge.start();
    return bridge;
  }

  async stop(): Promise<void> {
    await Promise.all(this.bridges.splice(0).map((bridge) => bridge.stop()));
    await Promise.all(this.nodes.splice(0).map((node) => node.stop()));
    await Promise.all(this.routers.splice(0).map((router) => router.stop()));
  }
}

export function configOf(
  router: { readonly url: string; readonly realm: string; readonly dialect: string },
  yaml: string,
): BridgeConfig {
  const text = `
router:
  url: ${router.url}
  realm: ${router.realm}
  dialect: ${router.dialect}
  settleMs: 300
  retry: { baseMs: 20, maxMs: 200 }
mesh:
  realm: ${meshRealm}
${yaml}`;
  return parseConfig(text, {});
}
