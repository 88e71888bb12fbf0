#!/usr/bin/env node
import { MaculaError } from '@macula/core';
import { parseBridgeOptions } from './bridge-options.ts';
import { configSchema } from './config/config-schema.ts';
import { readConfig } from './config/read-config.ts';
import { crossingsText, describeCrossings } from './describe-crossings.ts';
import { runBridge } from './run-bridge.ts';

const options = parseBridgeOptions(process.argv.slice(2));
try {
  if (options.schema) {
    process.stdout.write(`${JSON.stringify(configSchema(), null, 2)}\n`);
  } else if (options.check) {
    const config = await readConfig(options.config, process.env);
    process.stdout.write(
      options.json
        ? `${JSON.stringify(describeCrossings(config), null, 2)}\n`
        : crossingsText(config),
    );
  } else {
    await runBridge(options, process);
  }
} catch (error) {
  // Errors of ours say what happened and what to do; the stack is for all others.
  process.stderr.write(
    `macula-wamp-bridge: ${error instanceof MaculaError ? error.message : String((error as Error).stack)}\n`,
  );
  process.exitCode = 1;
}
