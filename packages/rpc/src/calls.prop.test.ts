import { describe, expect, it } from '@jest/globals';
import { MaculaError } from '@macula/core';
import { seededRandom } from '@macula/testkit';
import fc from 'fast-check';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import { CallError, type CallHandler, type Invoke } from './index.ts';

type Step =
  | { readonly type: 'crash' | 'restart' | 'pause' | 'resume'; readonly callee: number }
  | { readonly type: 'partition'; readonly caller: number; readonly callee: number }
  | { readonly type: 'heal' }
  | {
      readonly type: 'call';
      readonly caller: number;
      readonly idempotent: boolean;
      readonly timeout: number;
      readonly abortAfter: number;
    };

const callees = 3;
const callers = 2;
const calleeStep = fc.record({
  type: fc.constantFrom('crash', 'restart', 'pause', 'resume'),
  callee: fc.nat(callees - 1),
});
const partitionStep = fc.record({
  type: fc.constant('partition'),
  caller: fc.nat(callers - 1),
  callee: fc.nat(callees - 1),
});
const callStep = fc.record({
  type: fc.constant('call'),
  caller: fc.nat(callers - 1),
  idempotent: fc.boolean(),
  timeout: fc.integer({ min: 20, max: 3_000 }),
  abortAfter: fc.integer({ min: -3_000, max: 400 }),
});
const schedule = fc.array(
  fc.tuple(
    fc.nat(60),
    fc.oneof(
      { weight: 8, arbitrary: callStep },
      { weight: 2, arbitrary: calleeStep },
      { weight: 1, arbitrary: partitionStep },
      { weight: 1, arbitrary: fc.constant({ type: 'heal' } as const) },
    ) as fc.Arbitrary<Step>,
  ),
  { minLength: 20, maxLength: 80 },
);

interface Made {
  readonly idempotent: boolean;
  readonly deadline: number;
  readonly settled: { at: number; ok: boolean; value: unknown }[];
}

/** A mesh in which callees come and go while callers call, and the books on what happened. */
class Scenario {
  readonly mesh: Mesh;
  readonly runs = new Map<number, number>();
  readonly made: Made[] = [];
  readonly #invoke: Invoke;
  readonly #random;
  #callers: MeshNode[] = [];
  #callees: { node: MeshNode; condition: 'running' | 'paused' | 'crashed' }[] = [];

  constructor(seed: number, invoke: Invoke) {
    this.#invoke = invoke;
    this.#random = seededRandom(seed);
    this.mesh = new Mesh({ seed, silenceMs: 400, latencyMs: { min: 1, max: 8 }, loss: 0.02 });
  }

  async start(): Promise<void> {
    for (let i = 0; i < callers; i++) this.#callers.push(await this.mesh.node());
    for (let i = 0; i < callees; i++) {
      const node = await this.mesh.node();
      this.#callees.push({ node, condition: 'running' });
      await this.#register(node);
    }
    await this.mesh.clock.advance(20);
  }

  async take(step: Step): Promise<void> {
    const { network } = this.mesh;
    if (step.type === 'call') return this.#call(step);
    if (step.type === 'heal') return network.heal();
    const callee = this.#callees[step.callee]!;
    const id = callee.node.links.self;
    if (step.type === 'partition') {
      network.partition(this.#callers[step.caller]!.links.self, id);
    } else if (step.type === 'crash' && callee.condition === 'running') {
      callee.condition = 'crashed';
      this.mesh.crash(callee.node);
    } else if (step.type === 'restart' && callee.condition === 'crashed') {
      callee.condition = 'running';
      callee.node = await this.mesh.restart(callee.node);
      await this.#register(callee.node);
    } else if (step.type === 'pause' && callee.condition === 'running') {
      callee.condition = 'paused';
      network.pause(id);
    } else if (step.type === 'resume' && callee.condition === 'paused') {
      callee.condition = 'running';
      network.resume(id);
    }
  }

  async finish(): Promise<void> {
    await this.mesh.clock.advance(4_000);
    for (const { node, condition } of this.#callees) {
      if (condition === 'paused') this.mesh.network.resume(node.links.self);
    }
    this.mesh.network.heal();
    await this.mesh.stop();
  }

  #register(node: MeshNode): Promise<unknown> {
    const handler: CallHandler = (_args, { kwargs }) => {
      const id = Number(kwargs['id']);
      this.runs.set(id, (this.runs.get(id) ?? 0) + 1);
      const kind = this.#random.integer(4);
      if (kind === 0) return id;
      if (kind === 1) throw new CallError('com.test.no', [id]);
      return new Promise((resolve) => {
        node.links.clock.setTimer(() => resolve(id), this.#random.integer(300));
      });
    };
    // A restarted node may find itself excluded for a moment; it need not register to be crashed again.
    return node.rpc.register('work', handler, { invoke: this.#invoke }).catch(() => undefined);
  }

  #call(step: Step & { type: 'call' }): void {
    const { clock } = this.mesh;
    const id = this.made.length;
    const deadline = clock.now() + step.timeout;
    const made: Made = { idempotent: step.idempotent, deadline, settled: [] };
    this.made.push(made);
    const controller = new AbortController();
    const { timeout, idempotent } = step;
    const options = { timeout, idempotent, signal: controller.signal };
    this.#callers[step.caller]!.rpc.call('work', { id }, options).then(
      (value) => made.settled.push({ at: clock.now(), ok: true, value }),
      (error: unknown) => made.settled.push({ at: clock.now(), ok: false, value: error }),
    );
    if (step.abortAfter > 0) clock.setTimer(() => controller.abort(), step.abortAfter);
  }
}

describe('calls in a mesh that falls apart', () => {
  it('settle exactly once and in time, and run at most once unless they are idempotent', async () => {
    const policies = fc.constantFrom<Invoke>('roundrobin', 'random', 'fastest', 'first', 'last');
    await fc.assert(
      fc.asyncProperty(fc.nat(), policies, schedule, async (seed, invoke, steps) => {
        const scenario = new Scenario(seed, invoke);
        await scenario.start();
        for (const [delay, step] of steps) {
          await scenario.mesh.clock.advance(delay);
          await scenario.take(step);
        }
        await scenario.finish();
        for (const [id, { idempotent, deadline, settled }] of scenario.made.entries()) {
          const runs = scenario.runs.get(id) ?? 0;
          expect(settled).toHaveLength(1);
          const { at, ok, value } = settled[0]!;
          expect(at).toBeLessThanOrEqual(deadline + 6);
          if (ok) expect(value).toBe(id);
          else expect(value).toBeInstanceOf(MaculaError);
          if (ok) expect(runs).toBeGreaterThan(0);
          expect(runs).toBeLessThanOrEqual(idempotent ? 4 : 1);
        }
      }),
      { numRuns: 40 },
    );
  });
});
