import { InvalidArgumentError } from '@macula/core';
import { CallError, type MaculaNode } from '@macula/node';
import { jsonLine } from './json-line.ts';
import type { Terminal } from './with-node.ts';

/** Calls a procedure and prints what it gives. Throws InvalidArgumentError with the error's URI and arguments. */
export async function callOnce(
  node: MaculaNode,
  procedure: string,
  value: unknown,
  options: { readonly timeout: number; readonly signal: AbortSignal },
  terminal: Terminal,
): Promise<void> {
  try {
    const result = await node.call(procedure, value, {
      timeout: options.timeout,
      signal: options.signal,
    });
    terminal.stdout.write(jsonLine(result));
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const details = jsonLine({ args: error.args, kwargs: error.kwargs }).trimEnd();
    throw new InvalidArgumentError(`${error.uri}: ${error.message} ${details}`, { cause: error });
  }
}
