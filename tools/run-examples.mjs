// Runs every example of the documentation as a reader would: type-checked, in a process of its own, against the
// sources, in an empty folder, 60 seconds each.   node tools/run-examples.mjs [file.md…]
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { report, run } from './child-process.mjs';
import { examplesIn } from './markdown-examples.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const loader = pathToFileURL(join(root, 'tools/typescript-loader.mjs')).href;
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
// Inside node_modules, so that the examples find the packages as an application does.
const workshop = join(root, 'node_modules/.cache', `macula-examples-${process.pid}`);
const limit = 60;

const files = process.argv.length > 2 ? process.argv.slice(2) : documents();
const examples = files.flatMap((file) => examplesIn(root, file)).map(place);
if (examples.length === 0) {
  console.log('There are no examples.');
  process.exit(1);
}
const results = [await typecheck(), ...(await inPairs(examples, start))];
rmSync(workshop, { recursive: true, force: true });
process.exit(report(results) ? 0 : 1);

/** The documents that may hold examples. */
function documents() {
  const inEach = (folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/README.md`);
  const docs = existsSync(join(root, 'docs'))
    ? readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)
    : [];
  return ['README.md', ...docs, ...inEach('packages'), ...inEach('apps')].filter(
    (file) => file.endsWith('.md') && existsSync(join(root, file)),
  );
}

/** Writes an example into a folder of its own. */
function place(example, index) {
  const folder = join(workshop, String(index));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const script = join(folder, `example.${example.language}`);
  writeFileSync(script, example.code);
  return { ...example, folder, script, name: `${example.file}:${example.line}` };
}

function start({ name, folder, script, language }) {
  const [command, args] =
    language === 'ts'
      ? [process.execPath, ['--conditions=@macula/source', '--import', loader, script]]
      : ['bash', ['-euo', 'pipefail', script]];
  const cwd = language === 'ts' ? folder : root;
  return run(command, args, { cwd, limit }).then((result) => ({ name, ...result }));
}

/** Compiles all examples at once. Errors in the packages themselves are for `npm run typecheck`. */
async function typecheck() {
  const config = join(workshop, 'tsconfig.json');
  const compilerOptions = {
    noEmit: true,
    composite: false,
    incremental: false,
    noEmitOnError: false,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const include = examples.filter(({ language }) => language === 'ts').map(({ script }) => script);
  const settings = { extends: join(root, 'tsconfig.base.json'), compilerOptions, files: include };
  writeFileSync(config, JSON.stringify(settings));
  writeFileSync(join(workshop, 'package.json'), JSON.stringify({ type: 'module' }));
  const result = await run(process.execPath, [tsc, '-p', config, '--pretty', 'false'], {
    cwd: workshop,
    limit: 180,
  });
  const errors = examples.flatMap(({ name, script }) =>
    result.output
      .split('\n')
      .filter((line) => join(workshop, line.split('(')[0]) === script)
      .map((line) => line.replace(/^[^(]*/, name)),
  );
  return {
    name: 'the examples type-check',
    ok: errors.length === 0,
    output: errors.join('\n'),
    seconds: result.seconds,
  };
}

/** Maps over `items`, two at a time. */
async function inPairs(items, action) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await action(items[index]);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}
