import type { MaculaNode } from '@macula/node';
import { accountOf, type Account, SimulatedTown } from './simulated-town.ts';

const topics = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** A town where both sides publish on eight topics all the time, and listen to what the other side publishes. */
export class LoadedTown extends SimulatedTown {
  /** What the native node has heard of the router's numbers, and the router's client of the mesh's, by topics. */
  readonly inMesh = new Map<string, number[]>(topics.map((topic) => [topic, []]));
  readonly atRouter = new Map<string, number[]>(topics.map((topic) => [topic, []]));
  readonly #ends: { end(): void }[] = [];
  native!: MaculaNode;

  static async start(seed: number): Promise<LoadedTown> {
    const town = new LoadedTown(seed);
    town.native = await town.clock.complete(town.node());
    await town.#begin();
    return town;
  }

  async #begin(): Promise<void> {
    const [listener, publisher] = [this.router.join(), this.router.join()];
    const client = await this.clock.complete(listener);
    const source = await this.clock.complete(publisher);
    for (const [i, topic] of topics.entries()) {
      await this.listen(this.native, topic, this.inMesh.get(topic) as number[]);
      const heard = ({ args }: { readonly args: readonly unknown[] }): void => {
        this.atRouter.get(topic)?.push(Number(args[0]));
      };
      await this.clock.complete(client.subscribe(`be.down.${topic}`, 'exact', heard));
      this.#ends.push(
        this.publish(20 + i, (value) =>
          this.native.publish(`be.down.${topic}`, [value], { qos: 1, timeout: 20_000 }),
        ),
        this.publish(20 + i, (value) =>
          source.publish(`be.up.${topic}`, { args: [value], kwargs: {} }),
        ),
      );
    }
  }

  async listen(node: MaculaNode, topic: string, heard: number[]): Promise<void> {
    await node.subscribe(`be.up.${topic}`, ({ args }) => heard.push(Number(args[0])));
  }

  /** Moves time until all bridges carry their share, and `ms` further. */
  async shared(ms: number): Promise<void> {
    await this.clock.runUntil(() =>
      this.bridges.every((bridge) => {
        const { works, fellows } = bridge.health().group;
        return works && fellows === this.bridges.length - 1;
      }),
    );
    await this.clock.advance(ms);
  }

  /** Ends the load, and gives what is on its way its time. */
  async finish(): Promise<void> {
    for (const one of this.#ends) one.end();
    await this.clock.advance(15_000);
  }

  /** What came of all topics, each way. */
  get accounts(): { readonly toMesh: Account; readonly toRouter: Account } {
    const sum = (heard: Map<string, number[]>): Account =>
      [...heard.values()].map(accountOf).reduce((a, b) => ({
        heard: a.heard + b.heard,
        lost: a.lost + b.lost,
        doubled: a.doubled + b.doubled,
        disordered: a.disordered + b.disordered,
      }));
    return { toMesh: sum(this.inMesh), toRouter: sum(this.atRouter) };
  }

  /** Forgets what was heard, so that what follows is judged by itself. */
  forget(): void {
    for (const heard of [...this.inMesh.values(), ...this.atRouter.values()]) heard.length = 0;
  }
}
