// Rivals are installed beside those of tools/bench/mesh.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const rivals = join(dirname(fileURLToPath(import.meta.url)), '../mesh/contenders/rival.mjs');

/** Imports a library from there. */
export function library(name) {
  const resolve = createRequire(rivals).resolve;
  try {
    return import(import.meta.resolve(name, pathToFileURL(rivals)));
  } catch {
    return import(pathToFileURL(resolve(name)));
  }
}
