#!/usr/bin/env node
// npm run bench -- [section ...] [--peers] [--quick] [--runs N] [--only a,b] [--json]
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchOptions } from './bench-options.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

const help = `Usage: npm run bench -- [section ...] [options]

Sections (default: mesh)
  mesh      pub/sub, calls and links: Macula beside raw TCP, with --peers beside its rivals
  wamp      the WAMP façade on one node and across two, with --peers beside fox-wamp
  bridge    a WAMP bridge between fox-wamp (installed once) and a mesh
  crdt      replicated data types, with --peers beside their rivals
  dht       lookups in a mesh of 50 nodes, with --peers beside js-libp2p's kad-dht and hyperdht
  swim      how soon 10 processes notice that members are killed or stand still, with --peers beside Serf
  patterns  topic matching
  codec     frames and payloads

Options
  --peers      install (once) and measure the rivals, too
  --quick      a tenth of the work: for a look, not for a record
  --runs N     how often; medians are reported (default 3, with --quick 1)
  --only A,B   only these contenders
  --json       one JSON object on standard output
  --help
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...benchOptions,
    help: { type: 'boolean', default: false },
  },
});

const scripts = {
  bridge: 'bridge/run.mjs',
  wamp: 'wamp/run.mjs',
  crdt: 'crdt/run.mjs',
  dht: 'dht/run.mjs',
  swim: 'swim/run.mjs',
  patterns: 'pattern-index.mjs',
  codec: 'wire-codec.mjs',
};
const sections = positionals.length === 0 ? ['mesh'] : positionals;
const unknown = sections.find((section) => section !== 'mesh' && scripts[section] === undefined);
const runs = values.runs === undefined ? (values.quick ? 1 : 3) : Number(values.runs);

if (values.help) {
  process.stdout.write(help);
} else if (unknown !== undefined || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write(
    unknown === undefined
      ? `--runs takes a whole number above 0\n`
      : `no section '${unknown}'\n\n${help}`,
  );
  process.exitCode = 2;
} else {
  const log = (line) => process.stderr.write(`${line}\n`);
  log('building ...');
  const built = spawnSync(
    join(root, 'node_modules/.bin/nx'),
    ['run-many', '-t', 'build', '-p', 'packages/*'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (built.status !== 0) {
    log(built.stdout + built.stderr);
    process.exit(1);
  }
  for (const section of sections) {
    if (section === 'mesh') {
      const { run } = await import('./mesh/run.mjs');
      const report = await run({ ...values, runs, only: values.only?.split(',') }, log);
      if (values.json) console.log(JSON.stringify(report));
    } else {
      const flags = Object.entries(values).flatMap(([name, value]) =>
        value === true ? [`--${name}`] : typeof value === 'string' ? [`--${name}`, value] : [],
      );
      const done = spawnSync(process.execPath, [join(here, scripts[section]), ...flags], {
        stdio: 'inherit',
        cwd: root,
      });
      if (done.status !== 0) process.exitCode = 1;
    }
  }
}
