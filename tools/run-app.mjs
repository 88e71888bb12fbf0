// Installs and builds what an app needs, then runs it in this process:  node tools/run-app.mjs <app> [arguments…]
// The compiler is incremental, so that a second start takes a second. What installation and build have to say goes to stderr.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { removeStrayOutput } from './dist-files.mjs';
import { oneAtATime } from './one-at-a-time.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [app, ...args] = process.argv.slice(2);
const project = join(root, 'apps', app ?? '', 'tsconfig.app.json');
if (!app || !existsSync(project)) {
  console.error('Usage: node tools/run-app.mjs <folder in apps> [arguments…]');
  process.exit(2);
}

const main = join(root, 'apps', app, 'dist/main.js');
const lock = join(root, '.building.lock');
const status = await oneAtATime(lock, build, (pid) =>
  console.error(`Waiting for process ${pid}, which installs or builds (${lock})…`),
);
if (status !== 0) {
  console.error(`${app} could not be built.`);
  process.exit(status);
}

process.argv = [process.execPath, main, ...args];
await import(pathToFileURL(main).href);

/** Gives the exit code of the first step that fails, or 0. */
function build() {
  const installed = node(join(root, 'tools/ensure-installed.mjs'));
  if (installed !== 0) return installed;
  if (!existsSync(main)) console.error(`Building ${app}, once…`);
  removeStrayOutput();
  return node(join(root, 'node_modules/typescript/bin/tsc'), '--build', project);
}

function node(...command) {
  return spawnSync(process.execPath, command, { stdio: ['ignore', 2, 2] }).status ?? 1;
}
