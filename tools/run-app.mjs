// Builds an app with what it needs, then runs it in this process:  node tools/run-app.mjs <app> [arguments…]
// The compiler is incremental, so that a second start takes a second. What the build has to say goes to stderr.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [app, ...args] = process.argv.slice(2);
const project = join(root, 'apps', app ?? '', 'tsconfig.app.json');
if (!app || !existsSync(project)) {
  console.error('Usage: node tools/run-app.mjs <folder in apps> [arguments…]');
  process.exit(2);
}

const main = join(root, 'apps', app, 'dist/main.js');
if (!existsSync(main)) console.error(`Building ${app}, once…`);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '--build', project], {
  stdio: ['ignore', 2, 2],
});
if (status !== 0) {
  console.error(`${app} could not be built.`);
  process.exit(status ?? 1);
}

process.argv = [process.execPath, main, ...args];
await import(pathToFileURL(main).href);
