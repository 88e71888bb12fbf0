// Benchmarks the replicated types beside yjs, Automerge, Loro and delta-crdts, all in one run.
//   node tools/bench/crdt/run.mjs [--peers] [--quick] [--json]
// Without --peers only ours is measured, and nothing is installed.
// Every library and size gets a process of its own. A library that takes longer than the limit is out of the rest.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from './table.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const quick = process.argv.includes('--quick');
const json = process.argv.includes('--json');
const peers = process.argv.includes('--peers');

const sizes = quick ? [1_000, 10_000] : [1_000, 100_000, 1_000_000];
const limitSeconds = quick ? 20 : 120;
const rivals = ['yjs', 'loro', 'automerge', 'delta-crdts'];
const subjects = ['macula', ...(peers ? rivals : [])];

if (peers && !existsSync(join(here, 'node_modules/yjs'))) {
  process.stderr.write('installing the libraries to compare with…\n');
  const installed = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (installed.status !== 0) {
    process.stderr.write('could not install them\n');
    process.exit(1);
  }
}

/** Runs one library at one size; what it measured until the limit. */
function measure(subject, size) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        '--expose-gc',
        '--max-old-space-size=6144',
        '--conditions=@macula/source',
        '--import',
        new URL('../../typescript-loader.mjs', import.meta.url).href,
        join(here, 'measure.mjs'),
        subject,
        String(size),
        String(quick ? 200_000 : 10_000_000),
      ],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const figures = {};
    let output = '';
    let errors = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), limitSeconds * 1_000);
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      for (const line of output.split('\n')) {
        if (line.startsWith('{')) Object.assign(figures, JSON.parse(line));
      }
      if (signal !== null) figures.stopped = limitSeconds;
      else if (code !== 0) figures.error = errors.trim().split('\n').at(-1);
      resolve(figures);
    });
  });
}

const results = [];
const out = new Set();
for (const size of sizes) {
  for (const subject of subjects) {
    if (out.has(subject)) continue;
    process.stderr.write(`${subject}, ${size.toLocaleString('en')} elements…\n`);
    const figures = await measure(subject, size);
    results.push({ subject, size, ...figures });
    if (figures.stopped !== undefined || figures.error !== undefined) out.add(subject);
  }
}

const report = { node: process.version, quick, limitSeconds, results };
process.stdout.write(json ? `${JSON.stringify(report)}\n` : table(report, subjects, sizes));
