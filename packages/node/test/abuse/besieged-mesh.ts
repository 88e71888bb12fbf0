import type { NodeOptions } from '../../src/node-options.ts';
import { eventually, ProcessMesh, type WorkingNode } from '../processes/process-mesh.ts';
import type { WorkCount } from '../processes/steady-work.ts';

/** What an attack has done to the mesh. */
export interface Toll {
  /** Messages of honest nodes that were lost, doubled, out of order, late or failed; empty when all is well. */
  readonly harm: readonly string[];
  /** Of the attacked process, from before the attack until it was over. Bytes, after garbage collection. */
  readonly heapGrowth: number;
  readonly rssGrowth: number;
  /** Milliseconds of processor time of the attacked process, the honest traffic's included. */
  readonly cpu: number;
  /** Sockets, timers and the like that are left of the attack once it is over. */
  readonly handlesLeft: number;
  /** The attacked process' links and entries that are left of the attack. */
  readonly linksLeft: number;
  readonly entriesLeft: number;
}

const procedure = 'proof.status';

/** An honest mesh, `home` and `utility`, that goes on working while `home` is attacked. */
export class BesiegedMesh {
  readonly #mesh: ProcessMesh;
  #home: WorkingNode | undefined;
  #utility: WorkingNode | undefined;
  #attacks = 0;

  constructor(options: NodeOptions = {}) {
    this.#mesh = new ProcessMesh(options, ['--expose-gc']);
  }

  /** Whom to attack. */
  get home(): WorkingNode {
    return this.#home!;
  }

  get utility(): WorkingNode {
    return this.#utility!;
  }

  /** The port of `home`, UDP and TCP. */
  get port(): number {
    return Number(this.home.addresses[0]?.split(':').at(-1));
  }

  async start(): Promise<void> {
    this.#home = await this.#mesh.join('home');
    this.#utility = await this.#mesh.join('utility', this.home);
    await this.home.ask('subscribe', { pattern: 'proof.**' });
    await this.home.ask('serve', { procedure, invoke: 'single' });
    await eventually('all is known', async () => (await this.utility.report()).entries >= 2);
    // Code that has run once does not weigh on the first attack.
    await this.under(async () => undefined);
  }

  /** Attacks while `utility` publishes to `home` and calls it, and counts what became of that. */
  async under(attack: () => Promise<void>): Promise<Toll> {
    const { home, utility } = this;
    const plain = `proof.a${++this.#attacks}.plain`;
    const sure = `proof.a${this.#attacks}.sure`;
    await home.ask('collectGarbage');
    const before = await home.report();
    await utility.ask('publish', { topic: plain, rate: 200, qos: 0 });
    await utility.ask('publish', { topic: sure, rate: 100, qos: 1 });
    await utility.ask('call', { procedure, rate: 100, timeout: 5_000 });
    await eventually('traffic flows', async () => {
      return ((await home.report()).events[`utility ${sure}`]?.received ?? 0) > 20;
    });
    const { published, calls } = await attack().then(
      () => this.#hush(plain, sure),
      // Also then nothing may go on publishing.
      (error: unknown) => this.#hush(plain, sure).then(() => Promise.reject(error as Error)),
    );
    const harm: string[] = [];
    for (const [topic, { begun, succeeded, slowest }] of Object.entries(published)) {
      const count = await eventually(`all of ${topic}`, async () => {
        const seen = (await home.report()).events[`utility ${topic}`];
        return seen?.last === begun ? seen : undefined;
      });
      const { received, duplicates, disordered, longestPause } = count;
      if (succeeded !== begun) harm.push(`${begun - succeeded} publications failed`);
      if (received !== begun) harm.push(`${begun - received} of ${begun} events were lost`);
      if (duplicates + disordered > 0) harm.push(`${duplicates} twice, ${disordered} disordered`);
      if (Math.max(slowest, longestPause) > 4_000) harm.push(`events paused ${longestPause} ms`);
    }
    if (calls.succeeded !== calls.begun) harm.push(`calls failed: ${JSON.stringify(calls.failed)}`);
    if (calls.slowest > 4_000) harm.push(`a call took ${calls.slowest} ms`);
    const released = async () => {
      const now = await home.report();
      return now.handles <= before.handles + 2 && now.links <= before.links;
    };
    await eventually('all is released', released, 15_000).catch(() => undefined);
    await home.ask('collectGarbage');
    const after = await home.report();
    return {
      harm,
      heapGrowth: after.heap - before.heap,
      rssGrowth: after.rss - before.rss,
      cpu: after.cpu - before.cpu,
      handlesLeft: after.handles - before.handles,
      linksLeft: after.links - before.links,
      entriesLeft: after.entries - before.entries,
    };
  }

  async #hush(plain: string, sure: string) {
    const published: Record<string, WorkCount> = {};
    for (const topic of [plain, sure]) {
      published[topic] = await this.utility.ask('hush', { topic });
    }
    return { published, calls: await this.utility.ask('hangUp', { procedure }) };
  }

  /** Stops the honest nodes, whose processes must end by themselves. */
  async retire(): Promise<{ code: number | string | null; held: readonly string[] }[]> {
    return [await this.utility.retire(), await this.home.retire()];
  }

  async end(): Promise<void> {
    await this.#mesh.end();
  }
}
