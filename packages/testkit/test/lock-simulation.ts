import { always } from '../src/simulation/invariant.ts';
import { randomScenario } from '../src/simulation/random-scenario.ts';
import type { SimulateOptions } from '../src/simulation/simulate.ts';
import { type LockClient, lockService } from './lock-service.ts';

/** Six nodes and their lock while event loops stand still now and then. */
export function lockSimulation(careful: boolean): SimulateOptions<LockClient> {
  return {
    nodes: 6,
    app: lockService(careful),
    network: { latencyMs: { min: 1, max: 10 } },
    scenario: (seed) =>
      randomScenario(seed, {
        nodes: 6,
        untilMs: 60_000,
        mostNodes: 2,
        faultMs: 3_000,
        weights: { crash: 0, diskLoss: 0, partition: 0, oneWayPartition: 0, loss: 0, disorder: 0 },
      }),
    invariants: [
      always('one node at most works under the lock', ({ running }) => {
        const holders = running.filter(({ app }) => app.holding).map(({ name }) => name);
        return holders.length <= 1 || `${holders.join(' and ')} do`;
      }),
    ],
  };
}
