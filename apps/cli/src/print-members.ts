import { formatAddress } from '@macula/core';
import type { MaculaNode } from '@macula/node';
import { jsonLine } from './json-line.ts';
import type { Terminal } from './terminal.ts';

/** One line for each other member. */
export function printMembers(node: MaculaNode, terminal: Terminal): void {
  for (const { id, status, addresses, metadata } of node.members()) {
    terminal.stdout.write(
      jsonLine({ id: id.key, status, addresses: addresses.map(formatAddress), metadata }),
    );
  }
}
