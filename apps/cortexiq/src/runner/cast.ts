import { type Clock, systemClock } from '@macula/core';
import type { TrafficCounts } from '../roles/traffic.ts';
import { DemoError } from './demo-error.ts';
import type { DemoPlan, PlannedProcess } from './demo-plan.ts';
import { DemoProcessHandle } from './demo-process-handle.ts';

/** How long a process may take to start its node, milliseconds: many start at once, on few cores. */
const startTimeout = 180_000;
const meetTimeout = 120_000;
/** How long a process may take to say goodbye before it is killed, milliseconds. */
const stopGraceMs = 5_000;

export interface CastOptions {
  /** Node's own flags for the processes. */
  readonly execArgv: readonly string[];
  /** Called when the seed goes after everybody has met: nobody needs it any more. */
  onSeedLost(): void;
  readonly clock?: Clock;
}

/** All processes of a demo: started, watched and ended together. */
export class Cast {
  readonly #plan: DemoPlan;
  readonly #clock: Clock;
  readonly #handles = new Map<string, DemoProcessHandle>();
  readonly #failed = new AbortController();
  readonly #execArgv: readonly string[];
  readonly #onSeedLost: () => void;
  #met = false;

  constructor(plan: DemoPlan, { execArgv, onSeedLost, clock = systemClock }: CastOptions) {
    this.#plan = plan;
    this.#clock = clock;
    this.#execArgv = execArgv;
    this.#onSeedLost = onSeedLost;
  }

  /** Fires when one of the processes cannot go on; its reason is the DemoError. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  get names(): string[] {
    return this.#plan.processes.map(({ name }) => name);
  }

  get processIds(): Record<string, number> {
    return Object.fromEntries([...this.#handles].map(([name, { pid }]) => [name, pid ?? 0]));
  }

  /** Starts all processes and their nodes, the seed's first. Resolves with the seed's addresses. */
  async start(signal: AbortSignal): Promise<readonly string[]> {
    for (const { name } of this.#plan.processes) {
      this.#handles.set(
        name,
        new DemoProcessHandle(name, this.#execArgv, this.#clock, this.#events),
      );
    }
    const [seed, ...others] = this.#plan.processes as [PlannedProcess, ...PlannedProcess[]];
    const addresses = await this.#startNode(seed, [], signal);
    await Promise.all(others.map((planned) => this.#startNode(planned, addresses, signal)));
    return addresses;
  }

  /** Waits until every process knows every other one. */
  async meet(signal: AbortSignal): Promise<void> {
    await Promise.all(
      [...this.#handles.values()].map((handle) => {
        const processes = this.names.filter((name) => name !== handle.name);
        return handle.tell({ type: 'meet', processes }, 'met', { timeout: meetTimeout, signal });
      }),
    );
    this.#met = true;
  }

  /** Lets the simulation's clock run to its end. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#handle('simulation').tell({ type: 'run' }, 'finished', { signal });
  }

  /** Ends all processes; none is left when this resolves. */
  async stop(): Promise<void> {
    await Promise.all([...this.#handles.values()].map((handle) => handle.stop(stopGraceMs)));
  }

  /** What all processes together have sent and received so far. */
  get traffic(): TrafficCounts {
    const sum = { published: 0, measurements: 0, delivered: 0, refused: 0 };
    const calls = { callsMade: 0, callsServed: 0 };
    for (const { counts } of this.#handles.values()) {
      if (counts === undefined) continue;
      sum.published += counts.published;
      sum.measurements += counts.measurements;
      sum.delivered += counts.delivered;
      sum.refused += counts.refused;
      calls.callsMade += counts.callsMade;
      calls.callsServed += counts.callsServed;
    }
    return { ...sum, ...calls };
  }

  readonly #events = {
    onFailure: (process: DemoProcessHandle, error: DemoError): void => {
      if (process.name === 'seed' && this.#met) this.#onSeedLost();
      else this.#failed.abort(error);
    },
  };

  #handle(name: string): DemoProcessHandle {
    const handle = this.#handles.get(name);
    if (handle === undefined) throw new DemoError(`there is no process ${name}`);
    return handle;
  }

  async #startNode(
    { name, settings }: PlannedProcess,
    bootstrap: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { addresses } = await this.#handle(name).tell(
      { type: 'start', name, settings, bootstrap },
      'started',
      { timeout: startTimeout, signal },
    );
    return addresses;
  }
}
