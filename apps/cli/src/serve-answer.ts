import type { MaculaNode } from '@macula/node';
import { jsonLine } from './json-line.ts';
import type { Terminal } from './terminal.ts';
import { interruption } from './with-node.ts';

/** Offers a procedure until the signal is aborted. It gives `answer`, or what it was called with. Calls are printed. */
export async function serveAnswer(
  node: MaculaNode,
  procedure: string,
  answer: { readonly value: unknown } | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const registration = await node.register(procedure, (_args, { args, kwargs, payload }) => {
    terminal.stdout.write(jsonLine({ args, kwargs }));
    return answer === undefined ? payload : answer.value;
  });
  terminal.stderr.write(`serving ${procedure}\n`);
  await interruption(signal);
  await registration.unregister();
}
