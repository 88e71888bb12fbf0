// The broken lock in a process of its own, for the command that a failure prints: exits with 1 and says what is wrong.
import { simulate } from '../src/simulation/simulate.ts';
import { SimulationFailedError } from '../src/simulation/simulation-failed-error.ts';
import { lockSimulation } from './lock-simulation.ts';

try {
  await simulate('the broken lock', lockSimulation(false));
} catch (error) {
  if (!(error instanceof SimulationFailedError)) throw error;
  const { seed, invariant, detail, atMs, hash } = error.failure;
  process.stdout.write(JSON.stringify({ seed, invariant, detail, atMs, hash }));
  process.exitCode = 1;
}
