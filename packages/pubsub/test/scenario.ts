import type { MemoryLinks } from '@macula/testkit';
import fc from 'fast-check';
import { type Gap, type PublishOptions } from '../src/index.ts';
import { Mesh, type MeshNode } from './mesh.ts';

export const publishers = 2;
export const subscribers = 3;
const node = fc.nat({ max: publishers + subscribers - 1 });

/** What happens to the mesh, step by step. */
export const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      publisher: fc.nat({ max: publishers - 1 }),
      events: fc.integer({ min: 1, max: 12 }),
      acknowledged: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 9_000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      a: node,
      b: node,
      oneWay: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), a: node, b: node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const), node }) },
);

/** The same, with subscribers that die and come back without a memory. */
export const stepOrCrash = fc.oneof(
  { weight: 10, arbitrary: step },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      subscriber: fc.nat({ max: subscribers - 2 }),
    }),
  },
);
export type Step = typeof stepOrCrash extends fc.Arbitrary<infer T> ? T : never;

/** How publishers are set, and how they publish. */
export interface Patience {
  readonly slowSubscriberLimitMs: number;
  readonly timeout: number;
  /** For plain events. */
  readonly publish: PublishOptions;
}

/** Publishers wait as long as it takes. */
export const patient: Patience = { slowSubscriberLimitMs: 1e7, timeout: Infinity, publish: {} };

/** Publishers give up soon, and have events dropped. */
export const impatient: Patience = {
  slowSubscriberLimitMs: 200,
  timeout: 2_000,
  publish: { expiry: 1_000, backpressure: 'drop-oldest' },
};

/** What one subscriber has seen of one publisher. */
export interface Seen {
  readonly sequences: number[];
  readonly values: unknown[];
  readonly gaps: Gap[];
}

export class Scenario {
  readonly mesh: Mesh;
  readonly nodes: MeshNode[] = [];
  readonly seen: Seen[][] = [];
  /** What lives have seen that were cut short, with events that still waited for their handlers. */
  readonly cutShort = new Set<readonly Seen[]>();
  /** The values of each publisher, in order; those that were to be acknowledged apart. */
  readonly published: unknown[][] = Array.from({ length: publishers }, () => []);
  readonly acknowledged: unknown[][] = Array.from({ length: publishers }, () => []);
  readonly failures: unknown[] = [];
  readonly #patience: Patience;
  readonly #present: Seen[][] = [];
  readonly pending: Promise<unknown>[] = [];
  readonly #paused = new Set<number>();

  constructor(seed: number, loss: number, patience: Patience) {
    this.#patience = patience;
    this.mesh = new Mesh({
      seed,
      latencyMs: { min: 1, max: 20 },
      loss,
      queueBytes: 1_500,
      windowBytes: 700,
    });
  }

  async start(): Promise<void> {
    for (let i = 0; i < publishers + subscribers; i++) {
      this.nodes.push(await this.#node());
    }
    for (let i = 0; i < subscribers; i++) await this.#subscribe(i);
    await this.mesh.settle();
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const one of steps) await this.#do(one);
    this.mesh.network.heal();
    for (const index of this.#paused) this.mesh.network.resume((this.nodes[index] as MeshNode).id);
    await this.mesh.clock.complete(Promise.all(this.pending), { limitMs: 600_000 });
    await this.mesh.clock.advance(60_000);
    // The last event shows every gap before it.
    for (let i = 0; i < publishers; i++) this.publish(i, true);
    await this.mesh.clock.complete(Promise.all(this.pending), { limitMs: 600_000 });
  }

  publish(publisher: number, acknowledged: boolean): void {
    const values = this.published[publisher] as unknown[];
    const value = `${publisher}/${values.length}`;
    values.push(value);
    const { pubsub } = this.nodes[publisher] as MeshNode;
    const { publish, timeout } = this.#patience;
    const options = acknowledged ? ({ qos: 1, timeout } as const) : { ...publish, timeout };
    const all = this.acknowledged[publisher];
    this.pending.push(
      pubsub.publish('a.b', value, options).then(
        () => acknowledged && all?.push(value),
        (error: unknown) => this.failures.push(error),
      ),
    );
  }

  async #subscribe(index: number): Promise<void> {
    const { pubsub, links } = this.nodes[publishers + index] as MeshNode;
    const seen: Seen[] = Array.from({ length: publishers }, () => ({
      sequences: [],
      values: [],
      gaps: [],
    }));
    this.seen.push(seen);
    this.#present[index] = seen;
    const pattern = ['a.b', 'a.*', '**'][index % 3] as string;
    await pubsub.subscribe(
      pattern,
      (event) => {
        const from = seen[Number(String(event.payload).split('/')[0])];
        from?.sequences.push(event.sequence);
        from?.values.push(event.payload);
        // Every second subscriber takes its time.
        if (index % 2 === 0) return undefined;
        return new Promise<void>((resolve) => links.clock.setTimer(resolve, 3));
      },
      {
        onGap: (gap) => {
          const publisher = this.nodes.findIndex(({ id }) => id.equals(gap.publisher));
          seen[publisher]?.gaps.push(gap);
        },
      },
    );
  }

  /** Kills a subscriber, lets publishers know after a while, and starts it again. */
  async #crash(subscriber: number): Promise<void> {
    const { network, directory, clock } = this.mesh;
    const index = publishers + subscriber;
    const { id, pubsub } = this.nodes[index] as MeshNode;
    network.crash(id);
    this.cutShort.add(this.#present[subscriber] as Seen[]);
    this.#paused.delete(index);
    await clock.advance(100);
    directory.forget(id);
    await pubsub.stop();
    await clock.advance(this.mesh.random.integer(100));
    const tell = (type: 'failed' | 'joined'): void => {
      for (const publisher of this.nodes.slice(0, publishers)) publisher.told(type, id);
    };
    tell('failed');
    await clock.advance(this.mesh.random.integer(2_000));
    this.nodes[index] = await this.#node(network.restart(id));
    tell('joined');
    await this.#subscribe(subscriber);
  }

  async #node(links?: MemoryLinks): Promise<MeshNode> {
    const { slowSubscriberLimitMs } = this.#patience;
    const small = {
      outboxEvents: 6,
      unacknowledgedEvents: 10,
      slowSubscriberLimitMs,
      slowAcknowledgementLimitMs: slowSubscriberLimitMs,
    };
    return this.mesh.node(links === undefined ? small : { ...small, links });
  }

  async #do(one: Step): Promise<void> {
    const { network, clock } = this.mesh;
    const idOf = (index: number) => (this.nodes[index] as MeshNode).id;
    switch (one.do) {
      case 'publish':
        for (let i = 0; i < one.events; i++) this.publish(one.publisher, one.acknowledged);
        break;
      case 'wait':
        await clock.advance(one.ms);
        break;
      case 'cut':
        if (one.a !== one.b) network.partition(idOf(one.a), idOf(one.b), { oneWay: one.oneWay });
        break;
      case 'heal':
        network.heal();
        break;
      case 'close':
        void this.nodes[one.a]?.links.get(idOf(one.b))?.close();
        break;
      case 'crash':
        await this.#crash(one.subscriber);
        break;
      case 'pause':
        if (!this.#paused.has(one.node)) network.pause(idOf(one.node));
        this.#paused.add(one.node);
        break;
      case 'resume':
        if (this.#paused.delete(one.node)) network.resume(idOf(one.node));
    }
  }
}
