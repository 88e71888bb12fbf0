import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { lockSimulation } from '../../test/lock-simulation.ts';
import { simulateSeeds } from './simulate.ts';
import { SimulationFailedError, type SimulationFailure } from './simulation-failed-error.ts';

const project = fileURLToPath(new URL('../../test/failing-project', import.meta.url));
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
      timeout: 280_000,
    });
    expect(JSON.parse(stdout)).toEqual({ seed, invariant, detail, atMs, hash });
    expect(status).toBe(1);
  }, 300_000);

  it('names jest, the test and its seed where nothing else was said, and does the same again', () => {
    const first = failureOf('npx jest');
    const { command } = first;
    expect(command).toMatch(/^MACULA_SIM_SEED=\d+ .*npx jest -t '/);
    expect(failureOf(command)).toEqual({ ...first, tests: '1 failed, 1 skipped' });
    expect(first.tests).toBe('2 failed');
  }, 300_000);
});

interface ReportedFailure {
  /** With time and seed. */
  readonly violation: string | undefined;
  readonly hash: string | undefined;
  readonly command: string;
  readonly tests: string | undefined;
}

/** What jest reports of the failing project's one simulation. */
function failureOf(command: string): ReportedFailure {
  const { stderr, status } = spawnSync('sh', ['-c', command], {
    cwd: project,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, FORCE_COLOR: '0', PATH: `${project}/bin:${process.env['PATH'] ?? ''}` },
  });
  expect(status).toBe(1);
  const found = (pattern: RegExp): string | undefined => pattern.exec(stderr)?.[1];
  return {
    violation: found(/SimulationFailedError: (.*)/),
    hash: found(/event trace: (\w+)/),
    command: found(/reproduce: (.*)/) ?? '',
    tests: found(/Tests: +(.*), \d+ total/),
  };
}
