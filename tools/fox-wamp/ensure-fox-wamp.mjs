// Installs fox-wamp into this folder, once. Its scripts do not run: they would compile a database that the router does not use.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The router's program, ready to be run by node. */
export function ensureFoxWamp() {
  if (!existsSync(join(here, 'node_modules/fox-wamp/package.json'))) {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
    execFileSync('npm', ['install', ...flags], {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return join(here, 'router.cjs');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(`${ensureFoxWamp()}\n`);
