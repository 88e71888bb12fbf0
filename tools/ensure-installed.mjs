// Runs `npm ci` when node_modules does not hold what package-lock.json asks for: after a clone, a pull, or an
// installation that was interrupted. Built-ins only, since nothing may be installed yet. Prints to stderr only.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Macula needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const reason = staleReason();
if (reason) {
  console.error(`Installing dependencies: ${reason}.`);
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    // npm reports on stdout, which belongs to the command that comes after.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) console.error(`npm could not be started: ${error.message}`);
  process.exit(status ?? 1);
}

/** Why the installation does not fit the lock file; undefined when it does. */
function staleReason() {
  const locked = readPackages('package-lock.json');
  if (!locked) throw new Error('package-lock.json is missing or damaged: restore it with git');
  // npm writes this file last, and removes it first: without it an installation is not complete.
  const installed = readPackages('node_modules/.package-lock.json');
  if (!installed) return 'there is no complete node_modules';
  for (const [path, wanted] of Object.entries(locked)) {
    if (!path.includes('node_modules/')) continue;
    const found = installed[path];
    // Optional packages of other platforms are locked but not installed.
    if (!found && (wanted.optional || wanted.devOptional || wanted.peer)) continue;
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) {
      return `${path} is not the version that package-lock.json names`;
    }
    if (!existsSync(join(root, path))) return `${path} is missing`;
  }
  return undefined;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}
