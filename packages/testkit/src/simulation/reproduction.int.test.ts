import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { lockSimulation } from '../../test/lock-simulation.ts';
import { simulateSeeds } from './simulate.ts';
import { SimulationFailedError, type SimulationFailure } from './simulation-failed-error.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const command =
  'node --conditions=@macula/source --import ./tools/typescript-loader.mjs packages/testkit/test/broken-lock.ts';

describe('the line that a failed simulation ends with', () => {
  it('makes the same happen in another process, bit for bit', async () => {
    const failure = await simulateSeeds('the broken lock', 20, {
      ...lockSimulation(false),
      command,
    }).then(
      () => undefined,
      (error: unknown) => (error instanceof SimulationFailedError ? error.failure : undefined),
    );
    const { seed, invariant, detail, atMs, hash } = failure as SimulationFailure;
    const { stdout, status } = spawnSync('sh', ['-c', failure?.command ?? ''], {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(JSON.parse(stdout)).toEqual({ seed, invariant, detail, atMs, hash });
    expect(status).toBe(1);
  }, 90_000);
});
