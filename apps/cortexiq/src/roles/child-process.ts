import { setMaxListeners } from 'node:events';
import { systemClock } from '@macula/core';
import type { Connection } from './connection.ts';
import { machineNow } from './machine-clock.ts';
import { announcePresence, meet } from './presence.ts';
import type { Instruction, Report } from './process-messages.ts';
import type { RunningRole } from './role.ts';
import { startRole } from './start-role.ts';
import { Traffic } from './traffic.ts';

/** How long a goodbye may take, milliseconds. */
const stopTimeout = 3_000;
/** How often the runner learns of the traffic, milliseconds. */
const reportEveryMs = 500;

const moved: Report = { type: 'moved' };

/** One process of the demo: it takes part with a role, told by the runner over the process's channel what to do. */
class DemoProcess {
  readonly #ended = endless();
  #connection: Connection | undefined;
  #traffic: Traffic | undefined;
  #role: RunningRole = {};

  async follow(instruction: Instruction): Promise<void> {
    switch (instruction.type) {
      case 'start':
        return this.#start(instruction);
      case 'meet':
        return this.#meet(instruction.processes);
      case 'run':
        await this.#role.run?.();
        return report({ type: 'finished' });
      case 'stop':
        return this.stop();
    }
  }

  fail(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }

  /** Leaves the mesh and ends the process, in time whatever happens. */
  async stop(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    systemClock.setTimer(() => process.exit(1), stopTimeout, { background: true });
    this.#reportTraffic();
    await this.#connection?.carrier.close();
    if (process.connected) process.disconnect();
  }

  async #start(instruction: Extract<Instruction, { type: 'start' }>): Promise<void> {
    const { name, settings } = instruction;
    const connection = await this.#connect(instruction);
    this.#connection = connection;
    const { carrier, reachable } = connection;
    report(moved);
    this.#traffic = new Traffic(carrier, () => report(moved));
    this.#role = await startRole(
      {
        clock: systemClock,
        machineNow,
        traffic: this.#traffic,
        signal: this.#ended.signal,
        fail: (error) => this.fail(error),
      },
      settings,
    );
    await announcePresence(carrier, name);
    this.#reportRegularly();
    report({ type: 'started', reachable });
  }

  /** Loads what it connects by only then: a client of a router has nothing of the mesh in its process. */
  async #connect({
    connect,
    settings,
  }: Extract<Instruction, { type: 'start' }>): Promise<Connection> {
    const deps = { signal: this.#ended.signal, fail: (error: unknown) => this.fail(error) };
    if (connect.via === 'wamp') {
      const { joinRouter } = await import('./join-router.ts');
      return joinRouter(deps, connect.url);
    }
    const { joinMesh } = await import('./join-mesh.ts');
    const facade = settings.role === 'facade';
    return joinMesh(deps, { bootstrap: connect.bootstrap, facade });
  }

  #reportRegularly(): void {
    if (this.#ended.signal.aborted) return;
    this.#reportTraffic();
    systemClock.setTimer(() => this.#reportRegularly(), reportEveryMs, { background: true });
  }

  #reportTraffic(): void {
    if (this.#traffic !== undefined) report({ type: 'traffic', counts: this.#traffic.counts() });
  }

  async #meet(processes: readonly string[]): Promise<void> {
    if (this.#connection === undefined) return;
    const { carrier } = this.#connection;
    const { signal } = this.#ended;
    await meet(carrier, systemClock, processes, { signal, onMet: () => report(moved) });
    report({ type: 'met' });
  }
}

/** Every call that waits listens to it, and there may be many. */
function endless(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

function report(message: Report): void {
  if (process.connected) process.send?.(message);
}

const demo = new DemoProcess();
process.on('message', (instruction: Instruction) => {
  demo.follow(instruction).catch((error: unknown) => demo.fail(error));
});
// Without the runner there is no demo: no process outlives it, however it went.
process.on('disconnect', () => void demo.stop().finally(() => process.exit()));
// Ctrl-C reaches the whole process group; the runner decides what follows from it.
process.on('SIGINT', () => undefined);
