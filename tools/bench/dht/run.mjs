// Lookups in a mesh of real nodes on this machine, beside js-libp2p's kad-dht and hyperdht; one process per contender.
//   node tools/bench/dht/run.mjs [--peers] [--quick] [--runs N] [--only a,b] [--json]
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sectionOptions } from '../bench-options.mjs';
import { prepareRivals } from '../mesh/rivals.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const values = sectionOptions({ runs: 1 });
const nodes = values.quick ? 20 : 50;
const lookups = values.quick ? 50 : 1_000;
const { only, runs } = values;
const log = (line) => process.stderr.write(`${line}\n`);

const execPath = values.peers ? prepareRivals(log) : process.execPath;
const contenders = ['macula', ...(values.peers ? ['libp2p', 'hyperdht'] : [])].filter(
  (name) => only === undefined || only.includes(name),
);

function measure(contender) {
  const { status, stdout, stderr } = spawnSync(
    execPath,
    [join(here, 'measure.mjs'), contender, String(nodes), String(lookups)],
    { cwd: here, encoding: 'utf8', timeout: 480_000, env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  if (line !== undefined) return JSON.parse(line);
  log(`${contender} failed (${status}): ${stderr.trim().split('\n').slice(-3).join(' ')}`);
  return undefined;
}

const results = new Map(contenders.map((name) => [name, []]));
for (let run = 0; run < runs; run++) {
  for (const name of contenders) {
    log(`run ${run + 1} of ${runs}: ${name}, ${nodes} nodes`);
    const figures = measure(name);
    if (figures !== undefined) results.get(name).push(figures);
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const report = [];
for (const [contender, list] of results) {
  if (list.length === 0) continue;
  const names = Object.keys(list[0]).filter((name) => name !== 'contender');
  const figures = names.map((name) => [name, median(list.map((one) => one[name]))]);
  report.push({ contender, ...Object.fromEntries(figures) });
}
if (values.json) console.log(JSON.stringify({ nodes, runs, report }));
else {
  console.log(
    `\n${nodes} nodes on this machine, up to ${lookups} lookups one after the other, none from a cache; medians of ${runs} run(s)\n`,
  );
  const ms = (value) => `${value.toFixed(2)} ms`;
  console.log(
    '| contender | found | first result, median / p99 | end of the lookup, median / p99 | requests per lookup | to join, per node |\n| --- | --- | --- | --- | --- | --- |',
  );
  for (const one of report) {
    console.log(
      `| ${one.contender} | ${one.found} of ${one.lookups} | ${ms(one.firstMedianMs)} / ${ms(one.firstP99Ms)} | ${ms(one.wholeMedianMs)} / ${ms(one.wholeP99Ms)} | ${one.messages.toFixed(1)} | ${one.joinMs.toFixed(0)} ms |`,
    );
  }
}
