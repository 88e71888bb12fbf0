import { it } from '@jest/globals';
import { simulateSeeds } from '../../src/simulation/simulate.ts';
import { lockSimulation } from '../lock-simulation.ts';

const name = "one at most has the lock (it's broken)";

it(name, async () => {
  await simulateSeeds(name, 20, lockSimulation(false));
});

it('another test, which does not run with the first', () => {
  throw new Error('it ran');
});
