import type { MaculaNode } from '@macula/node';
import { jsonLine } from './json-line.ts';
import type { Terminal } from './terminal.ts';

/** Calls a procedure and prints what it gives. */
export async function callOnce(
  node: MaculaNode,
  procedure: string,
  value: unknown,
  options: { readonly timeout: number; readonly signal: AbortSignal },
  terminal: Terminal,
): Promise<void> {
  terminal.stdout.write(jsonLine(await node.call(procedure, value, options)));
}
