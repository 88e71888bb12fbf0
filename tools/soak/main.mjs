// npm run soak -- [--seconds N] [--cycles N] [--json] [--help]
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../child-process.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const loader = pathToFileURL(join(root, 'tools/typescript-loader.mjs')).href;

// Seldom used paths are compiled late, again and again; on the heap that looks like a leak of 2 KB a cycle.
const noCompiledCode = ['--no-opt', '--no-sparkplug'];

const help = `Usage: npm run soak -- [options]

Two endurance runs: nodes that connect and close, and a mesh of five processes under mixed traffic.
Fails when a message is lost, doubled or out of order, when a call fails, when a handle is left, or when
memory grows. Memory is judged by the line of least squares after the first 40 % of the run:

            heap after garbage collection      RSS
  cycles    0.5 MiB or 2 % of the mean         16 MiB or 10 %
  traffic   1 MiB or 3 % of the mean           16 MiB or 10 %

Options
  --cycles N   connect and close so often (default 1000; 0 leaves it out)
  --seconds N  traffic for so long (default 600; 0 leaves it out)
  --json       one JSON object on standard output
  --help
`;

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '600' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);
const seconds = Number(values.seconds);

if (values.help) {
  process.stdout.write(help);
} else if (![cycles, seconds].every((number) => Number.isInteger(number) && number >= 0)) {
  process.stderr.write(`--cycles and --seconds take whole numbers\n\n${help}`);
  process.exitCode = 2;
} else {
  const results = {};
  if (cycles > 0)
    results.cycles = await endure('connect-close', cycles, 60 + cycles, noCompiledCode);
  if (seconds > 0) results.traffic = await endure('traffic', seconds, 180 + 1.5 * seconds);
  const failed = Object.values(results).some(({ failures }) => failures.length > 0);
  process.stdout.write(values.json ? `${JSON.stringify(results)}\n` : told(results));
  process.exitCode = failed ? 1 : 0;
}

/** Runs one of the scripts in a process of its own. */
async function endure(script, amount, limit, engine = []) {
  const flags = [...engine, '--expose-gc', '--conditions=@macula/source', '--import', loader];
  const { stdout, output, ok } = await run(
    process.execPath,
    [...flags, join(root, `tools/soak/${script}.mjs`), String(amount)],
    { cwd: root, limit },
  );
  try {
    const result = JSON.parse(stdout);
    return ok ? result : { ...result, failures: [...result.failures, output] };
  } catch {
    return { judgements: [], failures: [output] };
  }
}

function told({ cycles: connecting, traffic }) {
  const lines = [];
  if (connecting?.cycles !== undefined) {
    const { cycles: number, seconds: time } = connecting;
    lines.push(`${number} nodes joined, called, published and stopped in ${time.toFixed(1)} s`);
  }
  if (traffic?.counted !== undefined) {
    lines.push(`${traffic.seconds} s of traffic between five processes`);
    for (const [what, count] of Object.entries(traffic.counted)) {
      const { published, received, missing, duplicates, disordered } = count;
      lines.push(
        `  ${what}: ${published} published, ${received} received, ${missing} lost, ${duplicates} twice, ${disordered} out of order`,
      );
    }
    for (const [what, { begun, succeeded, slowest }] of Object.entries(traffic.worked)) {
      lines.push(`  ${what}: ${succeeded} of ${begun} succeeded, slowest ${slowest.toFixed(0)} ms`);
    }
  }
  for (const result of [connecting, traffic]) {
    for (const { process: of = 'one process', name, mean, growth, flat } of result?.judgements ??
      []) {
      lines.push(
        `  ${flat ? 'flat ' : 'GROWS'} ${name} of ${of}: mean ${mib(mean)} MiB, change ${mib(growth)} MiB`,
      );
    }
    for (const failure of result?.failures ?? []) lines.push(`FAIL  ${failure}`);
  }
  return `${lines.join('\n')}\n`;
}

function mib(bytes) {
  return (bytes / 1_048_576).toFixed(2);
}
