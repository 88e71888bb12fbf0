// Installs fox-wamp into this folder, once. Its scripts do not run: they would compile a database that the router does not use.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const lock = join(here, 'node_modules.lock');
const staleAfterMs = 600_000;

/** The router's program, ready to be run by node. */
export function ensureFoxWamp() {
  while (!isInstalled()) {
    if (!takeLock()) {
      // Another test is at it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      continue;
    }
    try {
      const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
      const stdio = ['ignore', 'ignore', 'inherit'];
      if (!isInstalled()) execFileSync('npm', ['install', ...flags], { cwd: here, stdio });
    } finally {
      rmdirSync(lock);
    }
  }
  return join(here, 'router.cjs');
}

function isInstalled() {
  // npm writes this file last.
  return existsSync(join(here, 'node_modules/.package-lock.json'));
}

function takeLock() {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const { mtimeMs } = statSync(lock, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined && Date.now() - mtimeMs > staleAfterMs) rmdirSync(lock);
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(`${ensureFoxWamp()}\n`);
