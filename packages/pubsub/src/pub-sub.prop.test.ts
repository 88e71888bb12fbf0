import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import type { Gap } from './index.ts';

const publishers = 2;
const subscribers = 3;
const node = fc.nat({ max: publishers + subscribers - 1 });

/** What happens to the mesh, step by step. */
const step = fc.oneof(
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
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What one subscriber has seen of one publisher. */
interface Seen {
  readonly sequences: number[];
  readonly values: unknown[];
  readonly gaps: Gap[];
}

class Scenario {
  readonly mesh: Mesh;
  readonly nodes: MeshNode[] = [];
  readonly seen: Seen[][] = [];
  /** The values of each publisher, in order; those that were to be acknowledged apart. */
  readonly published: unknown[][] = Array.from({ length: publishers }, () => []);
  readonly acknowledged: unknown[][] = Array.from({ length: publishers }, () => []);
  readonly pending: Promise<void>[] = [];
  readonly #paused = new Set<number>();

  constructor(seed: number, loss: number) {
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
      const small = { outboxEvents: 6, unacknowledgedEvents: 10, slowSubscriberLimitMs: 1e7 };
      this.nodes.push(await this.mesh.node(small));
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
    if (acknowledged) this.acknowledged[publisher]?.push(value);
    const { pubsub } = this.nodes[publisher] as MeshNode;
    const options = acknowledged ? { qos: 1 as const, timeout: Infinity } : { timeout: Infinity };
    this.pending.push(pubsub.publish('a.b', value, options));
  }

  async #subscribe(index: number): Promise<void> {
    const { pubsub, links } = this.nodes[publishers + index] as MeshNode;
    const seen: Seen[] = Array.from({ length: publishers }, () => ({
      sequences: [],
      values: [],
      gaps: [],
    }));
    this.seen.push(seen);
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
      case 'pause':
        if (!this.#paused.has(one.node)) network.pause(idOf(one.node));
        this.#paused.add(one.node);
        break;
      case 'resume':
        if (this.#paused.delete(one.node)) network.resume(idOf(one.node));
    }
  }
}

/** Runs random steps, hands the outcome to `check`, and sees that nothing is left behind. */
async function whateverHappens(check: (scenario: Scenario) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.constantFrom(0, 0.05, 0.3),
      fc.array(step, { minLength: 5, maxLength: 40 }),
      async (seed, loss, steps) => {
        const scenario = new Scenario(seed, loss);
        await scenario.start();
        await scenario.run(steps);
        check(scenario);
        await scenario.mesh.stop();
        expect(scenario.mesh.network.failures).toEqual([]);
        expect(scenario.mesh.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
}

describe('whatever links, nodes and the network do', () => {
  it('events never come twice or out of order, acknowledged ones all come, and every gap is reported', async () => {
    await whateverHappens(({ seen, published, acknowledged }) => {
      for (const bySubscriber of seen) {
        for (const [publisher, { sequences, values, gaps }] of bySubscriber.entries()) {
          const last = published[publisher]?.length ?? 0;
          const arrived = new Set(sequences);
          expect(sequences).toEqual([...arrived].sort((a, b) => a - b));
          expect(values).toEqual(sequences.map((sequence) => published[publisher]?.[sequence - 1]));
          const wanted = acknowledged[publisher] ?? [];
          expect(values.filter((value) => wanted.includes(value))).toEqual(wanted);
          const reported = new Set<number>();
          for (const { from, to } of gaps) {
            for (let sequence = from; sequence <= to; sequence++) {
              expect(reported.has(sequence)).toBe(false);
              reported.add(sequence);
            }
          }
          for (let sequence = 1; sequence <= last; sequence++) {
            expect([sequence, reported.has(sequence)]).toEqual([sequence, !arrived.has(sequence)]);
          }
        }
      }
    });
  }, 60_000);
});
