// Starts a seed and checks what it exposes: that promtool, where it is installed, has nothing to say against it, and that
// docs/metrics.md lists it. With --write, writes the list.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const document = join(root, 'docs/metrics.md');
const text = await metricsOfSeed();
const problems = [...promtool(text), ...listed(text)];
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

async function metricsOfSeed() {
  const dataDir = mkdtempSync(join(tmpdir(), 'macula-metrics-'));
  const seed = spawn(
    process.execPath,
    [
      '--conditions=@macula/source',
      ...['--import', new URL('typescript-loader.mjs', import.meta.url).href],
      join(root, 'apps/seed/src/main.ts'),
      ...['--realm', 'be.macula.metrics', '--host', '127.0.0.1', '--port', '0'],
      ...['--http-port', '0', '--data-dir', dataDir, '--drain-ms', '0', '--json'],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env.PATH } },
  );
  try {
    for await (const line of createInterface({ input: seed.stdout })) {
      return await (await fetch(`${JSON.parse(line).http}/metrics`)).text();
    }
    throw new Error('the seed has ended without a word');
  } finally {
    const ended = new Promise((resolve) => seed.once('exit', resolve));
    seed.kill('SIGKILL');
    await ended;
    rmSync(dataDir, { recursive: true });
  }
}

function promtool(input) {
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  });
  if (error?.code === 'ENOENT') {
    console.log('promtool is not installed: the metrics are not linted');
    return [];
  }
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim();
  return status === 0 && said === '' ? [] : [`promtool check metrics: ${said || error}`];
}

function listed(exposition) {
  const rows = [...exposition.matchAll(/^# HELP (macula_\S+) (.*)\n# TYPE \S+ (\S+)/gm)]
    .map(([, name, help, type]) => [`\`${name}\`${labelsOf(exposition, name)}`, type, help])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const widths = [0, 1, 2].map((i) =>
    Math.max(['metric', 'type', 'meaning'][i].length, ...rows.map((row) => row[i].length)),
  );
  const line = (cells, fill = ' ') =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i], fill)).join(' | ')} |`;
  const table = [
    line(['metric', 'type', 'meaning']),
    line(['', '', ''], '-'),
    ...rows.map((row) => line(row)),
  ].join('\n');
  const before = readFileSync(document, 'utf8');
  const after = before.replace(/^\| metric[\s\S]*$/m, `${table}\n`);
  if (before === after) return [];
  if (!process.argv.includes('--write')) {
    return [
      'docs/metrics.md is not what a seed exposes: run  node tools/check-metrics.mjs --write',
    ];
  }
  writeFileSync(document, after);
  return [];
}

/** The labels of a metric, those of histograms' buckets aside. */
function labelsOf(exposition, name) {
  const [, labels = ''] = new RegExp(`^${name}\\{([^}]*)\\}`, 'm').exec(exposition) ?? [];
  const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label);
  return names.length === 0 ? '' : ` {${names.join(', ')}}`;
}
