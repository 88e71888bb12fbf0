import { env } from 'node:process';
import { InvalidArgumentError } from '@macula/core';
import type { MemoryNodeOptions } from '../network/memory-node-options.ts';
import type { Invariant } from './invariant.ts';
import { inOrder, type Step } from './scenario.ts';
import type { ApplicationFactory } from './simulated-node.ts';
import { type SimulatedNetworkOptions, SimulatedMesh } from './simulation.ts';
import { SimulationRun } from './simulation-run.ts';

export interface SimulateOptions<A extends object> {
  /** How many nodes, or what is special about each: addresses, NAT, clock. */
  readonly nodes: number | readonly Omit<MemoryNodeOptions, 'id'>[];
  /** Makes a node's application: the code under test. */
  readonly app: ApplicationFactory<A>;
  /** The network's conditions and limits. Every node knows every other's addresses unless `omniscient` is false. */
  readonly network?: SimulatedNetworkOptions;
  /** Milliseconds between the starts of two nodes. Default 0: all start at once. */
  readonly startEveryMs?: number;
  /** What happens to the nodes: steps, or a function that makes them from the seed. Default: nothing. */
  readonly scenario?: readonly (Step | readonly Step[])[] | ((seed: number) => readonly Step[]);
  /** What must hold. That no handler, action, start or stop throws is always demanded. */
  readonly invariants?: readonly Invariant<A>[];
  /** How long it runs at least, in virtual milliseconds: longer for steps and for what must eventually hold. Default 0. */
  readonly durationMs?: number;
  /** Where all chance comes from. MACULA_SIM_SEED in the environment overrides it. Default 1. */
  readonly seed?: number;
  /** The command that runs this simulation, for failures to print. Default: jest, with the simulation's name as the test's. */
  readonly command?: string;
}

export interface SimulationResult {
  readonly seed: number;
  /** Fingerprint of all that happened: the same for the same seed and code. */
  readonly hash: string;
  /** Frames that arrived, and steps. */
  readonly events: number;
  readonly durationMs: number;
  /** By name of what `settles`: after how many milliseconds from the last step on it held for good. */
  readonly settledMs: ReadonlyMap<string, number>;
  /** Timers that were still set after everything was stopped: what stop() forgot. */
  readonly timersLeft: number;
}

const seedVariable = 'MACULA_SIM_SEED';

/**
 * Runs an application on simulated nodes in virtual time while a scenario happens to them, and checks invariants all
 * along. Throws SimulationFailedError, whose message ends with a line that makes the same happen again.
 */
export async function simulate<A extends object>(
  name: string,
  options: SimulateOptions<A>,
): Promise<SimulationResult> {
  const seed = seedFromEnvironment() ?? options.seed ?? 1;
  const { scenario = [], invariants = [], startEveryMs = 0, durationMs = 0 } = options;
  const places =
    typeof options.nodes === 'number'
      ? Array.from({ length: options.nodes }, () => ({}))
      : options.nodes;
  if (!(places.length > 0 && startEveryMs >= 0 && durationMs >= 0)) {
    throw new InvalidArgumentError('a simulation needs nodes, and times of 0 ms or more');
  }
  const run = new SimulationRun({
    name,
    mesh: new SimulatedMesh<A>(seed, options.app, options.network ?? {}),
    places,
    startEveryMs,
    steps: inOrder(typeof scenario === 'function' ? scenario(seed) : scenario),
    invariants,
    durationMs,
    command: `${seedVariable}=${seed} ${options.command ?? jestCommand(name)}`,
  });
  return run.complete();
}

/** The same with seeds from `seed` on, until one fails. With MACULA_SIM_SEED in the environment, that seed alone. */
export async function simulateSeeds<A extends object>(
  name: string,
  count: number,
  options: SimulateOptions<A>,
): Promise<SimulationResult[]> {
  const results: SimulationResult[] = [];
  const first = options.seed ?? 1;
  const runs = seedFromEnvironment() === undefined ? count : 1;
  for (let at = 0; at < runs; at++) {
    results.push(await simulate(name, { ...options, seed: first + at }));
  }
  return results;
}

function seedFromEnvironment(): number | undefined {
  const text = env[seedVariable];
  if (text === undefined || text === '') return undefined;
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError(`${seedVariable} must be an integer, got "${text}"`);
  }
  return seed;
}

/** Jest as it was started: sources that are modules need an option of Node's. */
function jestCommand(name: string): string {
  const { NODE_OPTIONS: options } = env;
  const started = options === undefined || options === '' ? '' : `NODE_OPTIONS=${quoted(options)} `;
  return `${started}npx jest -t ${quoted(name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
