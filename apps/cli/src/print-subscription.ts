import type { MaculaNode } from '@macula/node';
import { jsonLine } from './json-line.ts';
import type { Terminal } from './terminal.ts';
import { interruption } from './with-node.ts';

/** Prints events until there were `count` of them, or the signal is aborted. */
export async function printSubscription(
  node: MaculaNode,
  pattern: string,
  count: number | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  let seen = 0;
  let enough: () => void = () => undefined;
  const counted = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const subscription = await node.subscribe(pattern, ({ topic, args, kwargs, publisher }) => {
    if (count !== undefined && seen >= count) return;
    terminal.stdout.write(
      jsonLine({ topic, args, kwargs, ...(publisher && { publisher: publisher.key }) }),
    );
    seen++;
    if (seen === count) enough();
  });
  terminal.stderr.write(`subscribed to ${pattern}\n`);
  await Promise.race([counted, interruption(signal)]);
  await subscription.unsubscribe();
}
