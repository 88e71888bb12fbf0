import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kept } from '../../test/runners/judged-types.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const loader = new URL('../../../../tools/typescript-loader.mjs', import.meta.url).href;
const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);

const runners: readonly (readonly [string, readonly string[]])[] = [
  ['vitest', [vitest, 'run', '--config', 'test/runners/vitest.config.mjs', '--reporter', 'tap']],
  [
    'the test runner of Node',
    [
      '--conditions=@macula/source',
      '--import',
      loader,
      '--test-reporter=tap',
      'test/runners/laws.node.ts',
    ],
  ],
];

describe('the laws run on', () => {
  test.each(runners)('%s', (_, args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: packageFolder,
      env: { ...process.env, NODE_OPTIONS: '' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    const passed = stdout.split('\n').filter((line) => /^\s*ok \d+ .*/.test(line));

    expect({ status, stderr }).toMatchObject({ status: 0 });
    for (const { name } of kept) expect(passed.join('\n')).toContain(name);
    expect(passed.join('\n')).toContain('a broken type is found');
  });
});
