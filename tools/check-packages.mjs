// Packs every package as it would be published, and has publint and "are the types wrong" look at the tarball.
//   node tools/check-packages.mjs [packages/<name>…]     after: npm run build
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { report, run } from './child-process.mjs';
import { strayOutput, uncompiledSources } from './dist-files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const limit = 120;
const bin = (name) => join(root, 'node_modules/.bin', name);
const tarballs = mkdtempSync(join(tmpdir(), 'macula-pack-'));

const folders = process.argv.length > 2 ? process.argv.slice(2) : published();
const results = [];
for (const folder of folders) {
  const started = performance.now();
  const { ok, output } = await check(folder);
  results.push({ name: folder, ok, output, seconds: (performance.now() - started) / 1000 });
}
rmSync(tarballs, { recursive: true });
process.exit(report(results) ? 0 : 1);

function published() {
  return ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}`)
      .filter((path) => !manifest(path)?.private),
  );
}

function manifest(folder) {
  const path = join(root, folder, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

async function check(folder) {
  if (!manifest(folder)) return { ok: false, output: 'package.json is missing' };
  const cwd = join(root, folder);
  const unlike = [...strayOutput(cwd), ...uncompiledSources(cwd)];
  if (unlike.length > 0) {
    return { ok: false, output: `dist is not what src compiles to: ${unlike.join(', ')}` };
  }
  const packed = await run('npm', ['pack', '--json', '--pack-destination', tarballs], {
    cwd,
    limit,
    env: { npm_config_loglevel: 'error' },
  });
  if (!packed.ok) return packed;
  const { filename, files } = JSON.parse(packed.output.slice(packed.output.indexOf('[')))[0];
  const stray = files.map(({ path }) => path).filter((path) => /\.test\.|tsbuildinfo/.test(path));
  for (const wanted of ['LICENSE', 'README.md']) {
    if (!files.some(({ path }) => path === wanted))
      return { ok: false, output: `${wanted} is missing` };
  }
  if (stray.length > 0) return { ok: false, output: `does not belong there: ${stray.join(', ')}` };

  const tarball = join(tarballs, filename);
  const publint = await run(bin('publint'), ['run', tarball, '--strict'], { cwd, limit });
  if (!publint.ok || !manifest(folder).exports) return publint;
  const types = [
    '--profile',
    'esm-only',
    '--no-definitely-typed',
    '--format',
    'ascii',
    '--no-emoji',
  ];
  const attw = await run(bin('attw'), [tarball, ...types], { cwd, limit });
  return { ok: attw.ok, output: publint.output + attw.output };
}
