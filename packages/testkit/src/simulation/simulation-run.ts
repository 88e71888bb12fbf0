import type { MemoryNodeOptions } from '../network/memory-node-options.ts';
import { type Invariant, violationOf } from './invariant.ts';
import type { Step } from './scenario.ts';
import type { SimulatedMesh } from './simulation.ts';
import { SimulationFailedError } from './simulation-failed-error.ts';
import type { SimulationResult } from './simulate.ts';

export interface SimulationPlan<A extends object> {
  readonly name: string;
  readonly mesh: SimulatedMesh<A>;
  readonly places: readonly Omit<MemoryNodeOptions, 'id'>[];
  readonly startEveryMs: number;
  /** In the order of their times. */
  readonly steps: readonly Step[];
  readonly invariants: readonly Invariant<A>[];
  readonly durationMs: number;
  readonly command: string;
}

interface Appointment {
  readonly atMs: number;
  readonly keep: () => void;
}

interface Violation {
  readonly invariant: string;
  readonly detail: string;
  readonly cause?: unknown;
}

/** One run of a simulation: starts nodes, takes steps and checks invariants, each in its time. */
export class SimulationRun<A extends object> {
  private readonly plan: SimulationPlan<A>;
  private readonly mesh: SimulatedMesh<A>;
  private readonly lastStepMs: number;
  private readonly endMs: number;
  private readonly safety: readonly Invariant<A>[];
  private readonly heldSince = new Map<string, number>();
  private violation: Violation | undefined;

  constructor(plan: SimulationPlan<A>) {
    this.plan = plan;
    this.mesh = plan.mesh;
    this.safety = plan.invariants.filter(({ kind, everyMs }) => kind === 'always' && everyMs === 0);
    const lastStartMs = (plan.places.length - 1) * plan.startEveryMs;
    this.lastStepMs = Math.max(lastStartMs, plan.steps.at(-1)?.atMs ?? 0);
    const patience = Math.max(0, ...plan.invariants.map(({ withinMs }) => withinMs));
    this.endMs = Math.max(plan.durationMs, this.lastStepMs + patience);
  }

  async complete(): Promise<SimulationResult> {
    try {
      for (const { atMs, keep } of this.agenda()) {
        await this.moveTo(atMs);
        keep();
        this.throwIfViolated();
      }
      await this.moveTo(this.endMs);
      return await this.conclude();
    } catch (error) {
      this.mesh.abandon();
      throw error;
    }
  }

  private async conclude(): Promise<SimulationResult> {
    const { mesh, endMs, heldSince, lastStepMs } = this;
    const { seed, trace, clock } = mesh;
    trace.note(clock.now(), 'end');
    const { hash, length: events } = trace;
    await mesh.stop();
    if (mesh.failedStop !== undefined) {
      this.violation = thrown(`${mesh.failedStop.node} stops`, mesh.failedStop.error);
    }
    this.throwIfViolated();
    return {
      seed,
      hash,
      events,
      durationMs: endMs,
      settledMs: new Map(
        Array.from(heldSince, ([name, ms]) => [name, Math.max(0, ms - lastStepMs)]),
      ),
      timersLeft: clock.pendingTimers,
    };
  }

  /** Everything that has its time, in order: starts before steps before checks where times are equal. */
  private agenda(): Appointment[] {
    const { places, startEveryMs, steps, invariants } = this.plan;
    const starts = places.map((place, index) => ({
      atMs: index * startEveryMs,
      keep: () => {
        this.mesh.add(place);
      },
    }));
    const taken = steps.map((step) => ({
      atMs: step.atMs,
      keep: () => {
        this.take(step);
      },
    }));
    const checks = invariants.flatMap((invariant) => this.checksOf(invariant));
    return [...starts, ...taken, ...checks].sort((a, b) => a.atMs - b.atMs);
  }

  /** What an action throws, or a promise of it rejects with, fails the simulation. */
  private take({ atMs, action }: Step): void {
    const failed = (error: unknown): void => {
      this.violation ??= thrown(action.name, error);
    };
    this.mesh.trace.note(atMs, action.name);
    try {
      Promise.resolve(action.run(this.mesh as never)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  private checksOf(invariant: Invariant<A>): Appointment[] {
    const { kind, everyMs, withinMs } = invariant;
    if (kind === 'always' && everyMs === 0) return [];
    const deadlineMs = this.lastStepMs + withinMs;
    const from = kind === 'always' ? everyMs : this.lastStepMs;
    const times = new Set(kind === 'always' ? [] : [deadlineMs]);
    for (let atMs = from; everyMs > 0 && atMs <= this.endMs; atMs += everyMs) times.add(atMs);
    return Array.from(times, (atMs) => ({
      atMs,
      keep: () => {
        if (kind === 'always') this.demand(invariant);
        else this.await(invariant, atMs, deadlineMs);
      },
    }));
  }

  private demand(invariant: Invariant<A>): void {
    const detail = violationOf(invariant, this.mesh);
    if (detail !== undefined) this.violation ??= { invariant: invariant.name, detail };
  }

  private await(invariant: Invariant<A>, nowMs: number, deadlineMs: number): void {
    const { name, withinMs } = invariant;
    const detail = violationOf(invariant, this.mesh);
    if (detail === undefined) {
      if (!this.heldSince.has(name)) this.heldSince.set(name, nowMs);
      return;
    }
    this.heldSince.delete(name);
    if (nowMs < deadlineMs) return;
    const late = `not within ${withinMs} ms of the last step: ${detail}`;
    this.violation ??= { invariant: name, detail: late };
  }

  /** Lets virtual time pass; what must always hold is looked at after every instant. */
  private async moveTo(timeMs: number): Promise<void> {
    const { clock } = this.mesh;
    let arrived = false;
    clock.setTimer(() => {
      arrived = true;
    }, timeMs - clock.now());
    await clock.runUntil(() => this.look() || arrived, { limitMs: Number.POSITIVE_INFINITY });
    this.throwIfViolated();
  }

  /** True when something is wrong. */
  private look(): boolean {
    const { failedStart, network } = this.mesh;
    const [failure] = network.failures;
    if (failedStart !== undefined) {
      this.violation ??= thrown(`${failedStart.node} starts`, failedStart.error);
    }
    if (failure !== undefined)
      this.violation ??= thrown(`no ${failure.what} throws`, failure.error);
    for (const invariant of this.safety) this.demand(invariant);
    return this.violation !== undefined;
  }

  private throwIfViolated(): void {
    if (this.violation === undefined) return;
    const { invariant, detail, cause } = this.violation;
    const { seed, trace, clock } = this.mesh;
    throw new SimulationFailedError(
      {
        simulation: this.plan.name,
        seed,
        invariant,
        detail,
        atMs: clock.now(),
        hash: trace.hash,
        notes: trace.notes,
        command: this.plan.command,
      },
      cause === undefined ? undefined : { cause },
    );
  }
}

function thrown(invariant: string, cause: unknown): Violation {
  return { invariant, detail: cause instanceof Error ? cause.message : String(cause), cause };
}
