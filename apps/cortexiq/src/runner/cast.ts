import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '@macula/core';
import type { Connect, Reachable } from '../roles/connection.ts';
import { someAtATime } from '../roles/some-at-a-time.ts';
import type { TrafficCounts } from '../roles/traffic.ts';
import { DemoError } from './demo-error.ts';
import type { DemoPlan, PlannedProcess } from './demo-plan.ts';
import { DemoProcessHandle } from './demo-process-handle.ts';
import type { Patience } from './patience.ts';
import { RouterSide } from './router-side.ts';

/** How long a process may take to say goodbye before it is killed, milliseconds. */
const stopGraceMs = 5_000;
/** Processes that join, or meet the others, at the same time: most of what that takes is waiting for answers. */
const processesAtATime = 4 * availableParallelism();

export interface CastOptions {
  /** Node's own flags for the processes. */
  readonly execArgv: readonly string[];
  /** Something worth a line has happened. */
  note(text: string): void;
  /** Waits for the processes. */
  readonly patience: Patience;
  readonly clock?: Clock;
}

/** All processes of a demo: started, watched and ended together. */
export class Cast {
  readonly #plan: DemoPlan;
  readonly #clock: Clock;
  readonly #handles = new Map<string, DemoProcessHandle>();
  readonly #failed = new AbortController();
  readonly #execArgv: readonly string[];
  readonly #note: (text: string) => void;
  readonly #patience: Patience;
  readonly #routerSide: RouterSide | undefined;
  #met = false;

  constructor(plan: DemoPlan, { execArgv, note, patience, clock = systemClock }: CastOptions) {
    this.#plan = plan;
    this.#clock = clock;
    this.#execArgv = execArgv;
    this.#note = note;
    this.#patience = patience;
    const { homesOn } = plan;
    if (homesOn !== 'mesh' && homesOn !== 'facade') {
      const onFailure = (error: DemoError): void => this.#failed.abort(error);
      this.#routerSide = new RouterSide(homesOn, { clock, execArgv, note, onFailure });
    }
  }

  /** Fires when one of the processes cannot go on; its reason is the DemoError. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Names of the processes that play a role. */
  get actors(): string[] {
    return this.#plan.processes.map(({ name }) => name);
  }

  /** Names of all processes, in the order in which they start. */
  get names(): string[] {
    return [...this.actors, ...(this.#routerSide?.names ?? [])];
  }

  get processIds(): Record<string, number> {
    const actors = [...this.#handles].map(([name, { pid }]) => [name, pid ?? 0]);
    return { ...Object.fromEntries(actors), ...this.#routerSide?.processIds };
  }

  /** Starts all processes and their nodes, the seed's first. Resolves with the seed's addresses. */
  async start(signal: AbortSignal): Promise<readonly string[]> {
    for (const { name } of this.#plan.processes) {
      this.#handles.set(
        name,
        new DemoProcessHandle(name, this.#execArgv, this.#clock, this.#events),
      );
    }
    const start = (planned: PlannedProcess, connect: Connect): Promise<Reachable> =>
      this.#wait('starting', signal, (ended) => this.#startProcess(planned, connect, ended));
    const [seed, ...others] = this.#plan.processes as [PlannedProcess, ...PlannedProcess[]];
    const { addresses } = await start(seed, { via: 'mesh', bootstrap: [] });
    const mesh: Connect = { via: 'mesh', bootstrap: addresses };
    const facade = others.find(({ settings }) => settings.role === 'facade');
    const url =
      facade === undefined
        ? await this.#routerSide?.start(addresses, this.#edges, signal)
        : (await start(facade, mesh)).wampUrl;
    if (url !== undefined) this.#note(`Homes are clients of the WAMP router at ${url}`);
    const homes: Connect = url === undefined ? mesh : { via: 'wamp', url };
    const rest = others.filter((planned) => planned !== facade);
    await this.#wait('starting', signal, (ended) =>
      someAtATime(rest, processesAtATime, (planned) =>
        this.#startProcess(planned, planned.settings.role === 'homes' ? homes : mesh, ended),
      ),
    );
    return addresses;
  }

  /** Waits until every process knows every other one. */
  async meet(signal: AbortSignal): Promise<void> {
    await this.#wait('meeting the others', signal, (ended) =>
      someAtATime([...this.#handles.values()], processesAtATime, (handle) => {
        const processes = this.actors.filter((name) => name !== handle.name);
        return handle.tell({ type: 'meet', processes }, 'met', ended);
      }),
    );
    await this.#routerSide?.ready(signal);
    this.#met = true;
  }

  /** Lets the simulation's clock run to its end. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#handle('simulation').tell({ type: 'run' }, 'finished', signal);
  }

  /** Ends all processes; none is left when this resolves. */
  async stop(): Promise<void> {
    await Promise.all([...this.#handles.values()].map((handle) => handle.stop(stopGraceMs)));
    await this.#routerSide?.stop(stopGraceMs);
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
      // Once all have met, nobody needs the seed.
      if (process.name !== 'seed' || !this.#met) this.#failed.abort(error);
      else this.#note('The seed is gone. Nobody needs it any more.');
    },
    onMoved: (): void => this.#patience.moved(),
  };

  /** Waits for as long as any of the processes gets on. */
  #wait<T>(
    doing: string,
    signal: AbortSignal,
    work: (ended: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const what = (): string => {
      const awaited = [...this.#handles.values()].filter(({ isAwaited }) => isAwaited);
      return `${awaited.map(({ name }) => name).join(', ')} ${doing}`;
    };
    return this.#patience.wait(work, { signal, what });
  }

  get #edges(): string[] {
    const edges = this.#plan.processes.filter(({ settings }) => settings.role === 'homes');
    return edges.map(({ name }) => name);
  }

  #handle(name: string): DemoProcessHandle {
    const handle = this.#handles.get(name);
    if (handle === undefined) throw new DemoError(`there is no process ${name}`);
    return handle;
  }

  async #startProcess(
    { name, settings }: PlannedProcess,
    connect: Connect,
    signal: AbortSignal,
  ): Promise<Reachable> {
    const { reachable } = await this.#handle(name).tell(
      { type: 'start', name, settings, connect },
      'started',
      signal,
    );
    return reachable;
  }
}
