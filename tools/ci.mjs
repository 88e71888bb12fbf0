// What .ci/run does: every check in turn, each timed, the whole output of those that fail, and the sum at the end.
// With arguments, only the checks of these names. Built-ins only: the first step installs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './child-process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (name, ...args) => [process.execPath, [`tools/${name}.mjs`, ...args]];
const simulation = (name, ...args) => [
  process.execPath,
  [
    // Most objects of a simulation live for one virtual round trip: room for them saves copying.
    '--max-semi-space-size=64',
    '--conditions=@macula/source',
    '--import',
    './tools/typescript-loader.mjs',
    `tools/simulate/${name}.mjs`,
    ...args,
  ],
];
const script = (name, ...args) => ['npm', ['run', name, ...args]];

/** Each: its name, its command, its limit in seconds, and how to count its tests where it is more than one check. */
const steps = [
  ['install', tool('ensure-installed'), 300],
  ['project references are in step', ['npx', ['nx', 'sync:check']], 120],
  ['format', script('format:check'), 120],
  ['lint', script('lint'), 300],
  ['lint rules bite', tool('check-lint-rules'), 120],
  ['generated code is current', tool('check-codegen'), 120],
  ['typecheck', script('typecheck'), 300],
  // Nx would keep the summaries of successful packages to itself.
  ['test', ['npm', ['test', '--', '--output-style=static']], 1_500, jestCounts],
  ['build', script('build'), 300],
  ['packages can be published', tool('check-packages'), 300],
  ['examples run', tool('run-examples'), 300],
  ['metrics are listed and well named', tool('check-metrics'), 120],
  [
    'demo',
    script('demo', '--silent', '--', '--json', '--hours', '2', '--speed', 'max'),
    300,
    printsJson,
  ],
  // SWIM and Kademlia together, a minute of virtual time; larger and longer by hand.
  [
    'simulate 1,000 nodes',
    simulation('mesh', '--settled', '--nodes', '1000', '--minutes', '1'),
    300,
  ],
  // The length that tells of leaks is `npm run soak`; this one tells that it still runs and counts right.
  ['soak', script('soak', '--', '--cycles', '60', '--seconds', '20'), 180],
];

const total = { passed: 0, failed: 0 };
const failures = [];
for (const [name, [command, args], limit, count = oneCheck] of chosen()) {
  // A check whose tool or app is not in the tree cannot hold.
  const missing = args[0]?.startsWith('tools/') && !existsSync(join(root, args[0]));
  const result = missing
    ? { ok: false, output: `${args[0]} is missing`, seconds: 0 }
    : await run(command, args, { cwd: root, limit, env: { FORCE_COLOR: '0' } });
  const { passed, failed } = count(result);
  total.passed += passed;
  total.failed += failed;
  if (failed > 0) failures.push(name);
  const numbers = count !== jestCounts ? '' : `, ${passed} passed, ${failed} failed`;
  console.log(
    `${failed === 0 ? 'pass' : 'FAIL'}  ${name}  (${result.seconds.toFixed(1)} s${numbers})`,
  );
  if (failed > 0) console.log(result.output.replace(/^/gm, '      '));
  if (failed > 0 && name === 'install') break;
}

if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);

function chosen() {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !steps.some(([known]) => known === name));
  if (unknown.length > 0) {
    console.error(
      `There is no check ${unknown.join(', ')}; there are: ${steps.map(([name]) => name).join(', ')}`,
    );
    process.exit(2);
  }
  return names.length === 0 ? steps : steps.filter(([name]) => names.includes(name));
}

function oneCheck({ ok }) {
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A program that was asked for JSON prints one object, and nothing else. */
function printsJson({ ok, stdout }) {
  try {
    return oneCheck({ ok: ok && typeof JSON.parse(stdout) === 'object' });
  } catch {
    return oneCheck({ ok: false });
  }
}

/**
 * The sum over jest's summaries, one for each package. A suite that could not run at all, and a run that ended badly
 * for any other reason, count as a failure too.
 */
function jestCounts({ ok, output }) {
  const sum = (line, word) =>
    [...output.matchAll(new RegExp(`^\\s*${line}:\\s.*?(\\d+) ${word}`, 'gm'))].reduce(
      (all, match) => all + Number(match[1]),
      0,
    );
  const passed = sum('Tests', 'passed');
  const failed = Math.max(sum('Tests', 'failed'), sum('Test Suites', 'failed'));
  if (ok && passed > 0) return { passed, failed };
  return { passed, failed: Math.max(failed, 1) };
}
