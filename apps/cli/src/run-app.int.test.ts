import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const tools = fileURLToPath(new URL('../../../tools', import.meta.url));

/** Stands in for npm: installs a compiler that says when it begins and ends, and takes a while. */
const npm = `#!/usr/bin/env node
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
appendFileSync('diary', 'install\\n');
mkdirSync('node_modules/typescript/bin', { recursive: true });
writeFileSync('node_modules/typescript/bin/tsc', \`
  const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
  appendFileSync('diary', 'build\\\\n');
  mkdirSync('apps/greeter/dist', { recursive: true });
  writeFileSync('apps/greeter/dist/main.js', 'console.log("hello", ...process.argv.slice(2))');
  setTimeout(() => appendFileSync('diary', 'built\\\\n'), 100);
\`);
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: {} }));
`;

let clone: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'macula-clone-'));
  await mkdir(join(clone, 'bin'));
  await writeFile(join(clone, 'bin/npm'), npm);
  await chmod(join(clone, 'bin/npm'), 0o755);
  await mkdir(join(clone, 'tools'));
  for (const tool of [
    'run-app.mjs',
    'ensure-installed.mjs',
    'dist-files.mjs',
    'one-at-a-time.mjs',
  ]) {
    await cp(join(tools, tool), join(clone, 'tools', tool));
  }
  await mkdir(join(clone, 'packages'));
  await mkdir(join(clone, 'apps/greeter/src'), { recursive: true });
  await writeFile(join(clone, 'apps/greeter/src/main.ts'), '');
  await writeFile(join(clone, 'apps/greeter/tsconfig.app.json'), '{}');
  await writeFile(join(clone, 'package-lock.json'), JSON.stringify({ packages: {} }));
});

afterEach(() => rm(clone, { recursive: true }));

async function run(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, ['tools/run-app.mjs', ...args], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: [join(clone, 'bin'), process.env['PATH']].join(delimiter) },
  });
  const exit = once(child, 'exit') as Promise<[number]>;
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, out, err };
}

const diary = async (): Promise<string[]> =>
  (await readFile(join(clone, 'diary'), 'utf8')).trim().split('\n');

describe('running an app from the repository', () => {
  test('installs first, in a fresh clone', async () => {
    expect(await run('greeter', 'world')).toMatchObject({ code: 0, out: 'hello world\n' });
    expect(await diary()).toEqual(['install', 'build', 'built']);
  }, 20_000);

  test('builds for one of four that start at once, while the others wait and say so', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map((n) => run('greeter', String(n))));
    expect(runs.map(({ out }) => out)).toEqual([1, 2, 3, 4].map((n) => `hello ${n}\n`));
    expect(await diary()).toEqual(['install', ...Array(4).fill(['build', 'built']).flat()]);
    const waited = runs.filter(({ err }) => /^Waiting for process \d+/m.test(err));
    expect(waited).toHaveLength(3);
  }, 20_000);

  test('removes what was compiled from sources that are gone', async () => {
    await run('greeter');
    const dist = join(clone, 'apps/greeter/dist');
    const stale = ['gone.js', 'gone.js.map', 'gone.d.ts', 'main.test.js'];
    for (const file of [...stale, 'kept.tsbuildinfo']) await writeFile(join(dist, file), '');
    expect(await run('greeter')).toMatchObject({ code: 0 });
    expect((await readdir(dist)).sort()).toEqual(['kept.tsbuildinfo', 'main.js']);
  }, 20_000);

  test('does not wait for a build that was killed', async () => {
    const ended = spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' });
    await once(ended, 'exit');
    await writeFile(join(clone, '.building.lock'), String(ended.pid));
    const runs = await Promise.all([1, 2].map((n) => run('greeter', String(n))));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(await diary()).toEqual(['install', 'build', 'built', 'build', 'built']);
  }, 20_000);

  test('says what it needs when there is no such app', async () => {
    expect(await run('nothing')).toMatchObject({ code: 2, err: expect.stringMatching(/^Usage/) });
  }, 20_000);
});
