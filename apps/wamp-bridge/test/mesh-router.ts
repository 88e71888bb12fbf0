import { noMetrics, silentLogger, systemClock, systemRandom } from '@macula/core';
import { createNode, type MaculaNode } from '@macula/node';
import { createWampRouter, startWampServer, type WampServer } from '@macula/wamp';

/** A router with the whole meta API: the façade on a mesh of its own, which has nothing to do with the one under test. */
export class MeshRouter {
  readonly realm: string;
  readonly #node: MaculaNode;
  #server: WampServer;

  private constructor(node: MaculaNode, server: WampServer) {
    this.realm = node.realm;
    this.#node = node;
    this.#server = server;
  }

  static async start(realm = 'be.macula.router-test'): Promise<MeshRouter> {
    const node = await createNode({ realm, host: '127.0.0.1', environment: {} });
    return new MeshRouter(node, await serve(node, 0));
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#server.port}/ws`;
  }

  /** Ends all sessions and takes new ones at the same address. */
  async restart(whileAway: () => Promise<void> = async () => undefined): Promise<void> {
    const { port } = this.#server;
    await this.#server.stop();
    await whileAway();
    this.#server = await serve(this.#node, port);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await this.#node.stop();
  }
}

function serve(mesh: MaculaNode, port: number): Promise<WampServer> {
  const base = { clock: systemClock, logger: silentLogger };
  const router = createWampRouter({ mesh, random: systemRandom, metrics: noMetrics, ...base });
  return startWampServer(router, { ...base, port });
}
