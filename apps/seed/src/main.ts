#!/usr/bin/env node
import { MaculaError } from '@macula/core';
import { parseSeedOptions } from './seed-options.ts';
import { runSeed } from './run-seed.ts';

const options = parseSeedOptions(process.argv.slice(2), process.env);
try {
  await runSeed(options, process);
} catch (error) {
  // Errors of ours say what happened and what to do; the stack is for all others.
  process.stderr.write(
    `macula-seed: ${error instanceof MaculaError ? error.message : String((error as Error).stack)}\n`,
  );
  process.exitCode = 1;
}
