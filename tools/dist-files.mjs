// Compares what was compiled with what there is to compile: tsc leaves the output of sources that are gone.
//   node tools/dist-files.mjs      removes such output from all packages and apps
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = /\.(js|d\.ts)(\.map)?$/;

/** Files in a folder's `dist` that come from no source in its `src`, as paths in the folder. */
export function strayOutput(folder) {
  const wanted = new Set(modules(folder));
  return files(folder, 'dist')
    .filter((file) => output.test(file) && !wanted.has(file.replace(output, '')))
    .map((file) => `dist/${file}`);
}

/** Sources of a folder that have no output, as paths in the folder. */
export function uncompiledSources(folder) {
  return modules(folder)
    .filter((module) => !existsSync(join(folder, 'dist', `${module}.js`)))
    .map((module) => `src/${module}.ts`);
}

/** Removes all stray output of the repository. */
export function removeStrayOutput() {
  for (const group of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, group))) {
      const folder = join(root, group, name);
      for (const file of strayOutput(folder)) rmSync(join(folder, file));
    }
  }
}

function modules(folder) {
  return files(folder, 'src')
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.replace(/\.ts$/, ''));
}

function files(folder, part) {
  const path = join(folder, part);
  return existsSync(path)
    ? readdirSync(path, { recursive: true }).map((file) => file.replaceAll('\\', '/'))
    : [];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) removeStrayOutput();
